const NOT_IN_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** XML allows some characters in no form: the sign of one that cannot be shown stands for them. */
export const xmlText = (text: string): string => text.replace(NOT_IN_XML, '\ufffd');
