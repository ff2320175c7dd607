// Starts the page.

import { render } from 'preact';
import { App } from './app';
import './style/base.css';
import './style/frame.css';
import './style/pages.css';
import './style/lineage.css';
import './style/charts.css';
import './style/print.css';

const root = document.getElementById('page')!;
root.textContent = '';
render(<App />, root);
