// A config.json from Hugging Face, fetched when a person asks for it and never otherwise. Nothing about the reader is sent along.
// SPDX-License-Identifier: MIT
/** @import { Json } from './types.js' */
import { MAX_CONFIG_BYTES, readConfigText } from './import-model.js';

const HOST = 'https://huggingface.co';
const ID = /^[\w.-]{1,96}\/[\w.-]{1,96}$/;
const PATIENCE_MS = 15_000;

/** Why there is no config; `code` has a text in every language (`own_model.hub_<code>`). */
export class HubError extends Error {
  /** @param {'bad_id' | 'offline' | 'missing' | 'closed' | 'refused'} code @param {string} id @param {string} [reason] */
  constructor(code, id, reason = '') {
    super(code);
    this.code = code;
    this.id = id;
    this.reason = reason;
  }
}

/** The id in what a person typed or pasted: "org/name", or the address of the model's page. @param {string} text */
export function hubId(text) {
  const id =
    text
      .trim()
      .replace(/^https:\/\/(www\.)?huggingface\.co\//, '')
      .split(/[?#]/, 1)[0]
      ?.split('/')
      .slice(0, 2)
      .join('/') ?? '';
  return ID.test(id) && !id.includes('..') ? id : '';
}

/** @param {string} text @param {typeof fetch} [get] @returns {Promise<Json>} */
export async function fetchConfig(text, get = fetch) {
  const id = hubId(text);
  if (id === '') throw new HubError('bad_id', text.trim().slice(0, 200));
  /** @type {Response} */
  let response;
  try {
    response = await get(`${HOST}/${id}/resolve/main/config.json`, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new HubError('offline', id);
  }
  if (response.status === 401 || response.status === 403) throw new HubError('closed', id);
  if (response.status === 404) throw new HubError('missing', id);
  if (!response.ok || Number(response.headers.get('content-length') ?? 0) > MAX_CONFIG_BYTES)
    throw new HubError('refused', id, String(response.status));
  const { model } = readConfigText(await response.text(), id);
  const { config } = /** @type {{ config: { [key: string]: Json } }} */ (model);
  return { config: { ...config, _name_or_path: id } };
}
