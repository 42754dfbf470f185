import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Image } from './dockerfile.ts';

/** Decides by a .dockerignore what the builder gets to see. The last line that fits a path or a folder above it decides. */
export function readDockerignore(file: string): (path: string) => boolean {
  const rules = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ keeps: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  return (path) => {
    const parts = path.split('/');
    const levels = parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
    return rules.findLast(({ pattern }) => levels.some((level) => pattern.test(level)))?.keeps ?? true;
  };
}

function patternOf(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\//g, '\0')
    .replace(/\*/g, '[^/]*')
    .replaceAll('\0', '(?:.*/)?');
  return new RegExp(`^${source}$`);
}

/** Lays out the working directory of an image. The packages are those of the checkout. */
export function layOut(
  image: Image,
  checkout: string,
  isSeen: (path: string) => boolean,
  root: string,
): void {
  mkdirSync(root, { recursive: true });
  for (const { from, sources, target } of image.copies) {
    if (from !== null) {
      symlinkSync(join(checkout, target), join(root, target));
      continue;
    }
    for (const source of sources) {
      const path = join(checkout, source);
      const isFolder = statSync(path).isDirectory();
      // As in Docker: the contents of a folder go into the target, a file to it or into it.
      const place = isFolder || !target.endsWith('/') ? join(root, target) : join(root, target, source);
      for (const file of isFolder ? filesBelow(path) : [path]) {
        if (!isSeen(relative(checkout, file))) continue;
        const copy = isFolder ? join(place, relative(path, file)) : place;
        mkdirSync(dirname(copy), { recursive: true });
        copyFileSync(file, copy);
      }
    }
  }
}

/** Every file below, without what lies behind links. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}
