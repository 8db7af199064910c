/** Is this the self-contained executable, and no script that a runtime was started with? */
export const isSelfContained = (): boolean => process.getBuiltinModule('node:sea')?.isSea() === true;
