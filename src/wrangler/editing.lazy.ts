export { addBinding, checkBinding } from './writeConfig.ts';
