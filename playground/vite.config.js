import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';
import { licensePlugins } from './licenses.js';

const licenses = licensePlugins();

// GraphiQL gives each tab the role "tab" around two buttons, which screen readers
// then cannot reach. A plain list of buttons is accessible.
const reachableTabs = {
  name: 'reachable-tabs',
  transform(code, id) {
    if (!id.endsWith('/@graphiql/react/dist/components/tabs/index.js')) return null;
    const changes = [
      ['role: "tablist",', ''],
      ['role: "tab",', ''],
      ['"aria-selected": isActive,', '"aria-current": isActive,'],
    ];
    return changes.reduce((changed, [old, fresh]) => {
      if (!changed.includes(old)) this.error(`GraphiQL's tabs have changed: ${old} is missing`);
      return changed.replace(old, fresh);
    }, code);
  },
};

// The server embeds and serves the files gzipped: see build.go.
const gzipBuild = {
  name: 'gzip-build',
  apply: 'build',
  closeBundle() {
    for (const name of readdirSync('dist', { recursive: true })) {
      const file = join('dist', name);
      if (statSync(file).isDirectory() || name === '.gitkeep') continue;
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
      rmSync(file);
    }
  },
};

export default defineConfig({
  base: '/playground/',
  plugins: [reachableTabs, licenses.page, gzipBuild],
  worker: { format: 'es', plugins: () => [licenses.worker] },
  build: {
    // The editor is one large chunk, which the page always needs.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      onLog(level, log, write) {
        // "use client" has no effect without server rendering.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') write(level, log);
      },
    },
  },
  server: {
    // `npm run dev` serves the page; a server on the default address serves the API.
    proxy: {
      '/graphql': 'http://127.0.0.1:8080',
      '/playground/config.json': 'http://127.0.0.1:8080',
    },
  },
});
