/*
 * The CSV library, in a bundle of its own that is loaded by the first import of such a file.
 */
export { CsvError, parse as parseCsv } from 'csv-parse';
