// The page's colours, for what is drawn rather than styled.

const NAMES = [
  ...['source', 'staging', 'intermediate', 'dim', 'fact', 'mart', 'exposure', 'other'].map(name => [`layer-${name}`, name]),
  ...['pass', 'warn', 'fail', 'skipped', 'none'].map(name => [`tone-${name}`, name === 'skipped' ? 'none' : name]),
  ...[0, 1, 2, 3, 4].map(step => [`heat-${step}`, `heat-${step}`]),
  ['phi-plain', 'fail'],
  ['phi-made', 'warn'],
  ['phi-picked', 'staging'],
  ['phi-shifted', 'intermediate'],
  ['phi-hashed', 'dim'],
  ['phi-touched', 'source'],
  ['phi-kept', 'pass'],
  ['change-added', 'pass'],
  ['change-modified', 'warn'],
  ['change-removed', 'fail'],
  ['change-impacted', 'staging'],
  ['edge-copy', 'accent'],
  ['edge-rename', 'staging'],
  ['edge-cast', 'intermediate'],
  ['edge-compute', 'exposure'],
  ['edge-aggregate', 'mart'],
  ...['filter', 'join_key', 'group_key', 'order', 'window'].map(kind => [`edge-${kind}`, 'muted']),
];

export interface Colors {
  ink: string;
  muted: string;
  surface: string;
  ground: string;
  edge: string;
  farEdge: string;
  accent: string;
  lane: string;
  of(paint: string): string | undefined;
  /** A colour thinned over the ground. */
  mixed(color: string, part: number): string;
}

/** Reads the colours that are in force now. */
export function colorsNow(): Colors {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const named = new Map(NAMES.map(([paint, name]) => [paint, value(name)]));
  const surface = value('surface');
  const mixes = new Map<string, string>();
  return {
    ink: value('ink'),
    muted: value('muted'),
    surface,
    ground: value('ground'),
    edge: value('edge'),
    farEdge: value('far-edge'),
    accent: value('accent'),
    lane: value('lane'),
    of: paint => named.get(paint),
    mixed(color, part) {
      const key = `${color} ${part}`;
      let mix = mixes.get(key);
      if (!mix) {
        mix = blend(color, surface, part);
        mixes.set(key, mix);
      }
      return mix;
    },
  };
}

function blend(color: string, ground: string, part: number): string {
  const [a, b] = [channels(color), channels(ground)];
  const mixed = a.map((value, i) => Math.round(value * part + b[i] * (1 - part)));
  return `rgb(${mixed.join(' ')})`;
}

const probe = document.createElement('canvas').getContext('2d')!;
function channels(color: string): number[] {
  // The canvas knows every way to write a colour and gives back one.
  probe.fillStyle = '#888888';
  probe.fillStyle = color;
  const hex = probe.fillStyle;
  return [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16));
}
