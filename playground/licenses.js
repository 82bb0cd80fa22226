import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE_FOLDER = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;
const LEGAL_FILE = /^(licen[cs]e|copying|notice|third-?party-?notices?)([.-]|$)/i;

// Packages without the text of their license, and the package of the same
// authors under the same terms that has it.
const SIBLINGS = {
  '@graphiql/plugin-doc-explorer': 'graphiql',
  '@graphiql/plugin-history': 'graphiql',
  'react-compiler-runtime': 'react',
  'react-remove-scroll-bar': 'react-remove-scroll',
};

/**
 * Returns two plugins that write licenses.txt: the license and the notices of
 * every package whose code is in the page or in one of its workers. Vite's own
 * build.license omits the workers, and the notices of vendored code.
 */
export function licensePlugins() {
  const folders = new Set();
  const collect = (bundle) => {
    for (const id of Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}))) {
      const folder = PACKAGE_FOLDER.exec(id.replace('\0', ''));
      if (folder) folders.add(folder[0]);
    }
  };
  return {
    worker: { name: 'worker-licenses', generateBundle: (_, bundle) => collect(bundle) },
    // Vite generates the page after all workers.
    page: {
      name: 'licenses',
      apply: 'build',
      generateBundle(_, bundle) {
        collect(bundle);
        this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: [...folders].sort().map(legalText).join('\n') });
      },
    },
  };
}

function legalText(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const home = SIBLINGS[name] ? join('node_modules', SIBLINGS[name]) : folder;
  const files = readdirSync(home).filter((file) => LEGAL_FILE.test(file));
  if (files.length === 0) throw new Error(`${name} ${version} (${license}) has no text of its licence`);
  const texts = files.map((file) => readFileSync(join(home, file), 'utf8').trim());
  return [`${'='.repeat(80)}\n${name} ${version} (${license})`, ...texts, ''].join('\n\n');
}
