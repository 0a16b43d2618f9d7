export { environmentsOf } from './environments.ts';
export { addBinding, checkBinding } from './writeConfig.ts';
