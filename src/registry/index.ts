/**
 * registry: what is installed on this machine. In: the plists of NewRegistry and ActiveRegistry. Out: Component[], a failure for each
 * plist that is not valid, and the plists again when something changed. It never looks at content, and never decides what is updated.
 */
export { componentPlist, itemSeqData } from './plist.ts';
export { checkRegistration, registerComponent, removeComponent } from './register.ts';
export { type Registry, scanRegistry } from './scan.ts';
export { plistPath, writeActive } from './write.ts';
