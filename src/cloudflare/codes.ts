/*
 * Codes of the API that decide what happens (`x-error-codes` of its description, with the proof of each).
 */
export const KEY_NOT_FOUND = 10009;
export const NAMESPACE_NOT_FOUND = 10013;
/** 7003: no route, 10010 and 10011: a malformed namespace or its id. */
export const NO_SUCH_PLACE = [7003, 10010, 10011] as const;
export const TITLE_EXISTS = 10014;
export const TOO_MANY_NAMESPACES = 10018;
export const TOO_LARGE = 10024;
/** 10033 an expiration, 10034 a lifetime that is refused. */
export const BAD_EXPIRATION = [10033, 10034] as const;
/** 10030 a key that is too long, 10042 one that is no key. */
export const BAD_KEY = [10030, 10042] as const;
export const BAD_CURSOR = 10041;
export const BAD_METADATA = 10047;
/** Nothing more until 00:00 UTC. */
export const DAILY_LIMIT = 10048;
/** The second write to a key within a second. */
export const KEY_TOO_OFTEN = 10022;
/** 971 the request budget, 10046 bulk requests; 971 has been seen with other statuses than 429. */
export const TOO_OFTEN = [971, KEY_TOO_OFTEN, 10046] as const;
/** 9106 no credential, 6003 with 6111 or 6103 a malformed one, 9103 an unknown key. */
export const NO_CREDENTIAL = [9106, 9103, 6003, 6103, 6111] as const;
/** Also where a token is bound to other addresses than this one. */
export const ELSEWHERE = 9109;
/** 9109, 10026 and 10037: the credential must not do this. */
export const NOT_ALLOWED = [9109, 10026, 10037] as const;
