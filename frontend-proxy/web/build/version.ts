/** What is being built: the version of the package and the commit of the source. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

export interface Version {
  version: string;
  commit: string;
}

export function versionOf(manifest: string): Version {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  return { version: String(version), commit: process.env.MESH_COMMIT ?? commitOfSource() };
}

/** Puts /version.json into the build, so that a script can ask what a running shop was built from. */
export function versionFile(version: Version): Plugin {
  return {
    name: 'version-file',
    apply: 'build',
    generateBundle() {
      const source = `${JSON.stringify(version)}\n`;
      this.emitFile({ type: 'asset', fileName: 'version.json', source });
    },
  };
}

function commitOfSource(): string {
  try {
    const args = ['rev-parse', '--short=9', 'HEAD'];
    return execFileSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    // A source archive has no repository.
    return 'unknown';
  }
}
