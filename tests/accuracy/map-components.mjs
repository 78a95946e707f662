// Micro-benchmarks of the loss layer. Predicted: what the benchmark holds itself (inputs and their gradients, by its
// description, and the 16-bit logits, which the engine counts among the activations) plus the engine's logits term for
// a model of that width and vocabulary.
// SPDX-License-Identifier: MIT
import { check } from './map-common.mjs';
import { kGib } from './rows.mjs';

/**
 * One thin layer under a head of the stated size: only its loss is read. BERT's own code gives 16-bit logits to the loss as they
 * are, as a plain call of F.cross_entropy does; Llama's widens them.
 */
function headModel(hidden, vocab, narrow) {
  if (narrow) {
    return {
      config: {
        model_type: 'bert', architectures: ['BertForMaskedLM'], hidden_size: hidden, num_hidden_layers: 1, num_attention_heads: hidden / 128,
        intermediate_size: hidden, vocab_size: vocab, max_position_embeddings: 131072,
      },
    };
  }
  return {
    config: {
      model_type: 'llama', hidden_size: hidden, num_hidden_layers: 1, num_attention_heads: hidden / 128, num_key_value_heads: hidden / 128,
      intermediate_size: hidden, vocab_size: vocab, max_position_embeddings: 131072, tie_word_embeddings: false,
    },
  };
}

function lossScenario(hidden, vocab, tokens, training, narrow = false) {
  return {
    model: headModel(hidden, vocab, narrow),
    task: 'finetuning',
    training: {
      method: 'full', micro_batch_size: 1, sequence_length: tokens, optimizer: 'sgd', activation_checkpointing: 'full',
      framework: 'transformers', weight_dtype: 'bf16', mixed_precision: 'none', loss: 'eager', ...training,
    },
  };
}

const logitBytes = ({ vocab, tokens }) => 2 * vocab * tokens;

const kCce = { hidden: 2304, vocab: 256000, tokens: 8192 };
const kXtuner = { hidden: 4096, vocab: 151936, tokens: 32768 };

export function mapComponent(row, map, entry) {
  const value = row.measured.peak_allocated_gib * kGib;
  const interval = row.measured.gib_interval.peak_allocated_gib.map((gib) => gib * kGib);
  const forward = row.method === 'loss forward';
  const add = (metric, scenario, held = 0) => {
    entry.checks.push(check(metric, value, interval, { held }));
    if (map.reason === null) entry.scenario = scenario;
  };
  const k = row.kernel_config;
  if (row.group === 'cce-component') {
    if (row.fused_ce === 'cce') map.fail('cut cross-entropy (no logits, no head buffer): no such loss in a scenario');
    const compiled = row.fused_ce === 'torch_compile'; // no shifted copy of the logits
    const metric = forward ? 'loss_forward' : 'loss';
    add(metric, lossScenario(kCce.hidden, kCce.vocab, kCce.tokens, compiled ? { framework: 'torch_compile' } : {}), compiled ? 0 : logitBytes(kCce));
  } else if (row.group === 'loss-component') {
    // Its script (docs/en/pretrain_sft/advanced_tutorial/loss.md): F.cross_entropy on 16-bit logits that a variable holds. Then by
    // chunks: the graph of the first loss holds the first hidden states and their gradient; both gradients are made whole.
    const head = 2 * kXtuner.hidden * kXtuner.vocab;
    const states = 2 * kXtuner.hidden * kXtuner.tokens;
    const eager = row.fused_ce === 'eager';
    add('loss', lossScenario(kXtuner.hidden, kXtuner.vocab, kXtuner.tokens, { loss: eager ? 'eager' : 'chunked' }, eager), eager ? head + states + logitBytes(kXtuner) : 2 * head + 4 * states);
  } else if (row.model === 'cross entropy on logits') {
    map.fail('kernel on fp32 logits without a head: a scenario always has the head that writes them');
    add('loss', null);
  } else if (row.model === 'LM head + cross entropy') {
    // The benchmark holds the heads of both providers, the input, and from the iteration before the gradients of one head and the
    // input. Liger's own gradient of the head is the buffer that the engine counts.
    const head = k.H * k.V * 2;
    const inputs = 2 * k.BT * k.H * 2;
    const liger = row.provider === 'liger';
    add('loss', lossScenario(k.H, k.V, k.BT, liger ? { loss: 'fused', framework: 'liger' } : {}, !liger), (liger ? 2 : 3) * head + inputs);
  } else {
    map.fail('one module alone (MLP or norm): a scenario is a whole model');
    add('loss', null);
  }
  entry.reason = map.reason;
  return entry;
}
