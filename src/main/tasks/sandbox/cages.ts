/**
 * @file The command lines that shut a program in: a file system of its own with the system's programs and Python to read, an empty folder
 * in memory to write, no network, and no process but its own. Whether they work here is for others to try.
 */
import { lstatSync, readlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { limits } from './limits.ts'
import type { Python } from './python.ts'

export interface Cage {
  readonly name: 'bubblewrap' | 'unshare'
  /** The command that runs another one inside. @param folder an empty folder outside, for mounts that nobody else sees */
  wrap(command: readonly string[], python: Python, folder: string): readonly string[]
}

/** Where the program finds itself inside; its home and its temporary folder too. */
export const insideFolder = '/tmp'

/** What programs need to start, beside Python's own folders; each only where it exists. */
const systemPaths = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/nix', '/gnu', '/etc/ld.so.cache', '/etc/alternatives', '/etc/localtime']

/** `nobody`. A process of the superuser is exempt from the limit of processes, so it becomes somebody else. */
const nobody = 65534
const withoutPrivileges = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all']
const asNobody = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']

/** Docs: man 1 bwrap. Older versions than 0.7 lack `--size` and so do not work. */
export const bubblewrap: Cage = {
  name: 'bubblewrap',
  wrap(command, python) {
    const mounts = visiblePaths(python).flatMap((path) => {
      const target = linkTarget(path)
      // Folders on the way to a mount would be the superuser's alone.
      const way = ancestors(path).flatMap((folder) => ['--perms', '0755', '--dir', folder])
      return [...way, ...(target === null ? ['--ro-bind', path, path] : ['--symlink', target, path])]
    })
    const privileges = isSuperuser() ? ['--cap-drop', 'ALL', ...['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((name) => ['--cap-add', name])] : ['--unshare-user']
    return [
      ...['bwrap', '--die-with-parent', '--new-session', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try', ...privileges],
      ...['--perms', '1777', '--size', String(limits.folderBytes), '--tmpfs', insideFolder, ...mounts, '--dev', '/dev', '--remount-ro', '/', '--chdir', insideFolder, '--'],
      ...(isSuperuser() ? ['setpriv', ...asNobody, ...withoutPrivileges, '--'] : []),
      ...command,
    ]
  },
}

/**
 * Builds the same by hand: what is bound into `$root` is all that is left after `pivot_root`. The shell stays as the first process, so that
 * its end is the end of all others. `umount` reads `/proc`, which therefore goes last. A mount inside a bound folder keeps its own permissions.
 * Docs: man 1 unshare, man 2 pivot_root, man 2 mount (a remount in a user namespace must keep `nosuid` and `nodev`).
 */
const enterScript = `
set -eu
root=$1 folder=$2 size=$3 count=$4
shift 4
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root"
mkdir -p "$root$folder" "$root/dev" "$root/proc" "$root/.outside"
mount -t tmpfs -o "size=$size,mode=1777,nosuid,nodev" tmpfs "$root$folder"
while [ "$count" -gt 0 ]; do
  path=$1 count=$((count - 1))
  shift
  mkdir -p "$root$(dirname "$path")"
  if [ -L "$path" ]; then
    [ -e "$root$path" ] || ln -s "$(readlink "$path")" "$root$path"
    continue
  elif [ -d "$path" ]; then mkdir -p "$root$path"
  else : > "$root$path"
  fi
  mount --rbind "$path" "$root$path"
  mount -o remount,bind,ro,nosuid,nodev "$root$path"
done
for device in null zero random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount --rbind /proc "$root/proc"
mount -o remount,bind,ro,nosuid,nodev "$root"
cd "$root"
pivot_root . .outside
umount -l /.outside
umount -l /proc
cd "$folder"
setpriv "$@"
`

export const unshare: Cage = {
  name: 'unshare',
  wrap(command, python, folder) {
    const paths = visiblePaths(python)
    return [
      ...['unshare', ...(isSuperuser() ? [] : ['--user', '--map-root-user']), '--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--'],
      ...['sh', '-c', enterScript, 'sh', folder, insideFolder, String(limits.folderBytes), String(paths.length), ...paths],
      ...[...(isSuperuser() ? asNobody : []), ...withoutPrivileges, '--', ...command],
    ]
  },
}

/** In an order in which no path hides another; a folder that holds the home folder is left out, and with it whatever needs it. */
function visiblePaths(python: Python): string[] {
  const own = python.folders.filter((folder) => folder !== '/' && !`${homedir()}/`.startsWith(`${folder}/`))
  const paths = [...systemPaths, ...own].filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined)
  // A folder inside another one is seen with it.
  return [...new Set(paths)].filter((path) => !paths.some((other) => path !== other && linkTarget(other) === null && path.startsWith(`${other}/`))).sort(byDepth)
}

/** `/a/b/c` -> `/a`, `/a/b`. */
function ancestors(path: string): string[] {
  const names = path.split('/').slice(1, -1)
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
}

function byDepth(a: string, b: string): number {
  return a.split('/').length - b.split('/').length
}

function linkTarget(path: string): string | null {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null
}

function isSuperuser(): boolean {
  return process.getuid?.() === 0
}
