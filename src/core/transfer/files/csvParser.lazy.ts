/*
 * The library that reads CSV, in a bundle of its own: it is loaded by the first import of such a file.
 */
export { CsvError, parse as parseCsv } from 'csv-parse';
