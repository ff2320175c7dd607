// The whole scene in small, with a frame around what is seen.

import { useEffect, useRef } from 'preact/hooks';
import { words } from '../strings';
import { boxPaint } from './lens';
import type { Look } from './paint';
import type { Scene } from './scene';
import type { Stage } from './stage';

const [WIDTH, HEIGHT] = [176, 112];

export function Minimap({ scene, look, stage }: { scene: Scene; look: Look; stage: Stage }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = ref.current!;
    const ratio = Math.min(2, devicePixelRatio || 1);
    canvas.width = WIDTH * ratio;
    canvas.height = HEIGHT * ratio;
    const pen = canvas.getContext('2d')!;
    const { left, top, right, bottom } = scene.bounds;
    const k = Math.min((WIDTH - 12) / (right - left), (HEIGHT - 12) / (bottom - top));
    const [dx, dy] = [(WIDTH - (left + right) * k) / 2, (HEIGHT - (top + bottom) * k) / 2];
    const still = document.createElement('canvas');
    still.width = canvas.width;
    still.height = canvas.height;
    const ink = still.getContext('2d')!;
    ink.setTransform(ratio * k, 0, 0, ratio * k, ratio * dx, ratio * dy);
    for (const box of scene.boxes) {
      const paint = boxPaint(box, look.lens);
      ink.fillStyle = look.colors.of(paint) ?? paint;
      ink.fillRect(box.x, box.y, Math.max(box.w, 2 / k), Math.max(box.h, 1.2 / k));
    }
    let frame = 0;
    let last = '';
    const draw = () => {
      frame = requestAnimationFrame(draw);
      const seen = stage.area();
      const key = `${seen.x0} ${seen.y0} ${seen.x1} ${seen.y1}`;
      if (key === last) return;
      last = key;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(still, 0, 0);
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      const x0 = Math.max(1, seen.x0 * k + dx);
      const y0 = Math.max(1, seen.y0 * k + dy);
      const x1 = Math.min(WIDTH - 1, seen.x1 * k + dx);
      const y1 = Math.min(HEIGHT - 1, seen.y1 * k + dy);
      pen.strokeStyle = look.colors.accent;
      pen.lineWidth = 1.5;
      pen.strokeRect(x0, y0, Math.max(2, x1 - x0), Math.max(2, y1 - y0));
    };
    draw();
    const move = (event: PointerEvent) => {
      if (!event.buttons) return;
      const box = canvas.getBoundingClientRect();
      stage.center((event.clientX - box.left - dx) / k, (event.clientY - box.top - dy) / k);
    };
    canvas.onpointerdown = event => {
      canvas.setPointerCapture(event.pointerId);
      move(event);
    };
    canvas.onpointermove = move;
    return () => cancelAnimationFrame(frame);
  }, [scene, look, stage]);
  return <canvas class="minimap" ref={ref} role="img" aria-label={words.graph.minimap} title={words.graph.minimap} />;
}
