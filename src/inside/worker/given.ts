/** Parameters of an instance: the account API accepts them as JSON text or as an object. */
export const given = <T>(payload: T | string): T => (typeof payload === 'string' ? JSON.parse(payload) : payload);
