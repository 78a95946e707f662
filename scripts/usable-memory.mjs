// How much of an accelerator's memory a process can be given, where no driver log says so.
// SPDX-License-Identifier: MIT

export const kGib = 2 ** 30;

/** Stacked, graphics and shared memory lose different shares (error correction on GDDR data-centre cards: 1/16). */
function memoryKind(gpu) {
  if (gpu.unified_memory) return 'unified';
  return (gpu.memory_type ?? 'HBM').startsWith('HBM') ? 'HBM' : 'GDDR';
}

/** Which cards count as siblings, nearest first; the first level that has a measured card decides. */
const kSiblings = [
  (gpu) => [gpu.vendor, gpu.architecture, gpu.class, memoryKind(gpu)],
  (gpu) => [gpu.vendor, gpu.class, memoryKind(gpu)],
  (gpu) => [gpu.class, memoryKind(gpu)],
  (gpu) => [memoryKind(gpu)],
];

/** Metal's recommended working set: two thirds up to 32 GiB of memory, three quarters above (macOS defaults). */
const appleShare = (gib) => (gib <= 32 ? 2 / 3 : 3 / 4);
/** Shared memory elsewhere: firmware and operating system keep about a sixteenth. */
const kUnifiedShare = 15 / 16;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Usable over marketed bytes of every measured card, by sibling level and key. */
function measuredShares(gpus) {
  const levels = kSiblings.map(() => new Map());
  for (const gpu of gpus) {
    if (!gpu.memory_bytes_usable || gpu.unified_memory) continue; // a shared-memory carve-out says nothing of others
    const share = Math.min(1, gpu.memory_bytes_usable / (gpu.memory_gib * kGib));
    kSiblings.forEach((keyOf, level) => {
      const key = keyOf(gpu).join('|');
      levels[level].set(key, [...(levels[level].get(key) ?? []), share]);
    });
  }
  return levels;
}

function siblingShare(gpu, levels) {
  for (const [level, keyOf] of kSiblings.entries()) {
    const shares = levels[level].get(keyOf(gpu).join('|'));
    if (shares) return median(shares);
  }
  throw new Error(`${gpu.id}: no measured sibling at any level`);
}

/** Whole mebibytes, as drivers report them. */
const wholeMib = (bytes) => Math.floor(bytes / 2 ** 20) * 2 ** 20;

/**
 * For every row: { basis: 'measured' | 'derived', bytes, of(gib) } where `of` answers for another memory size of the
 * same part.
 */
export function deriveUsableBytes(gpus) {
  const levels = measuredShares(gpus);
  return gpus.map((gpu) => {
    if (gpu.memory_bytes_usable) {
      const share = gpu.memory_bytes_usable / (gpu.memory_gib * kGib);
      return {
        basis: 'measured',
        bytes: gpu.memory_bytes_usable,
        of: (gib) => (gib === gpu.memory_gib ? gpu.memory_bytes_usable : wholeMib(gib * kGib * share)),
      };
    }
    let shareOf = () => kUnifiedShare;
    if (gpu.vendor === 'Apple') shareOf = appleShare;
    else if (!gpu.unified_memory) {
      const share = siblingShare(gpu, levels);
      shareOf = () => share;
    }
    const of = (gib) => wholeMib(gib * kGib * shareOf(gib));
    return { basis: 'derived', bytes: of(gpu.memory_gib), of };
  });
}
