export { addBinding } from './writeConfig.ts';
