// Keeps the page for times without a network, and says when a newer one is ready. The list of files is made by the build.
// SPDX-License-Identifier: MIT
import { OFFLINE_WORKER, trustedScript } from './trusted-scripts.js';

const CHECK_EVERY_MS = 60 * 60 * 1000;

/** @typedef {() => void} Update makes the waiting version the present one; the page reloads */

/**
 * Calls back when a newer version waits, and when another tab has brought it in already.
 * @param {{ container: ServiceWorkerContainer, onUpdate: (update: Update) => void, reload: () => void }} options
 */
export async function keepOffline({ container, onUpdate, reload }) {
  let isAsked = false;
  const hadWorker = container.controller !== null;
  container.addEventListener('controllerchange', () => {
    if (isAsked) reload();
    else if (hadWorker) onUpdate(reload); // another tab took the update: this one still runs the old version
  });
  const registration = await container.register(trustedScript(OFFLINE_WORKER), { scope: './' });

  const offer = () => {
    const { waiting } = registration;
    if (!waiting || !container.controller) return;
    onUpdate(() => {
      isAsked = true;
      waiting.postMessage({ type: 'SKIP_WAITING' });
    });
  };
  const follow = () => {
    const { installing } = registration;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') offer();
    });
  };
  registration.addEventListener('updatefound', follow);
  follow(); // another tab may have found it already
  offer();

  let checkedAt = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - checkedAt < CHECK_EVERY_MS) return;
    checkedAt = Date.now();
    registration.update().catch(() => {}); // without a network the next visit asks again
  });
}
