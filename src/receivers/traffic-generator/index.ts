export { TrafficGeneratorConfig, type TrafficGeneratorSettings } from './config.js';
export { TrafficGenerator } from './traffic-generator.js';
