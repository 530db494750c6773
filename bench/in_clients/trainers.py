"""TRL's trainers with a model of a few thousand weights, made here: each prepares a whole dataset and takes one step on it."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, PreTrainedTokenizerFast
from trl import (
    DPOConfig,
    DPOTrainer,
    GRPOConfig,
    GRPOTrainer,
    KTOConfig,
    KTOTrainer,
    RewardConfig,
    RewardTrainer,
    SFTConfig,
    SFTTrainer,
)
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

CHAT = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"


def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes as tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<pad>", "<s>", "</s>"]
    known = {token: n for n, token in enumerate([*special, *alphabet])}
    made = Tokenizer(models.BPE(vocab=known, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="<s>", eos_token="</s>", chat_template=CHAT
    )


def config(words: PreTrainedTokenizerFast, **more: Any) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        **more,
    )


def length(completions: list[Any], **more: Any) -> list[float]:
    del more
    return [float(len(str(one))) for one in completions]


TRAINERS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "SFT": (SFTTrainer, SFTConfig, {}),
    "DPO": (DPOTrainer, DPOConfig, {}),
    "KTO": (KTOTrainer, KTOConfig, {}),
    "Reward": (RewardTrainer, RewardConfig, {}),
    "ORPO": (ORPOTrainer, ORPOConfig, {}),
    "GRPO": (GRPOTrainer, GRPOConfig, {"max_completion_length": 4, "num_generations": 2}),
}


def one_step(name: str, rows: Any, out: Path) -> None:
    torch.manual_seed(0)
    trainer, settings, more = TRAINERS[name]
    words = tokenizer()
    kind, more_weights = (
        (LlamaForSequenceClassification, {"num_labels": 1}) if name == "Reward" else (LlamaForCausalLM, {})
    )
    kind(config(words, **more_weights)).save_pretrained(out / "model")
    model = kind.from_pretrained(out / "model")  # reference models are read from the same folder
    arguments = settings(
        output_dir=str(out),
        max_steps=1,
        per_device_train_batch_size=2,
        report_to=[],
        use_cpu=True,
        bf16=False,
        save_strategy="no",
        disable_tqdm=True,
        gradient_checkpointing=False,
        **more,
    )
    rewards = {"reward_funcs": length} if name == "GRPO" else {}
    made = trainer(model=model, args=arguments, train_dataset=rows, processing_class=words, **rewards)
    taken = made.train()
    assert taken.global_step == 1, "no step was taken"
