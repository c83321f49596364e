"""Models that write: transformers' `generate` over prompts, batched by length."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from summarize.devices import Precision, best_device, dtype_for, in_batches
from summarize.errors import ModelError
from summarize.loading import Family, ModelFiles, load
from summarize.pieces import by_length, padded

#: Tokens in a batch, padding and what is still to be written included.
_BATCH_TOKENS = {"cpu": 8192, "cuda": 65536}
#: About 120 words.
MAX_NEW_TOKENS = 180
#: No more than so many tokens are read at once, however long a model's window is: attention is square.
_MOST_AT_ONCE = 8192
#: What a model without a window of its own is given.
_DEFAULT_WINDOW = 512
_WINDOWS = ("max_encoder_position_embeddings", "max_position_embeddings", "n_positions")
#: How far a pair of encoder and decoder can write, where its decoder counts positions.
_WRITTEN = ("max_decoder_position_embeddings", "max_position_embeddings")
#: What a model's own settings for summaries may say of how they are written.
_SETTINGS = ("num_beams", "length_penalty", "no_repeat_ngram_size", "early_stopping", "min_length",
             "repetition_penalty")  # fmt: skip


class Generator:
    """A sequence-to-sequence or a chat model. It is loaded when it is first needed.

    Args:
        files: from `summarize.loading.find_model`.
        family: "seq2seq" or "chat".
        precision: see `summarize.devices.dtype_for`.
    """

    def __init__(self, files: ModelFiles, family: Family, precision: Precision = "auto") -> None:
        self.files = files
        self.family = family
        self._precision = precision

    @cached_property
    def window(self) -> int:
        """How many tokens it reads at once, all that a prompt holds included."""
        config = self._model.config
        found = [getattr(config, name, None) for name in _WINDOWS]
        found.append(getattr(self.tokenizer, "model_max_length", None))
        sizes = [n for n in found if isinstance(n, int) and 0 < n < 1_000_000]
        window = min([*sizes, _MOST_AT_ONCE]) if sizes else _DEFAULT_WINDOW
        return window - MAX_NEW_TOKENS if self.family == "chat" else window

    @cached_property
    def prefix(self) -> str:
        """What a sequence-to-sequence model wants to see before a text that it is to summarize."""
        config = self._model.config
        own = (getattr(config, "task_specific_params", None) or {}).get("summarization", {})
        default = "summarize: " if config.model_type == "t5" else ""
        return str(own.get("prefix") or default)

    @cached_property
    def markers(self) -> frozenset[str]:
        """The strings that the model reads as its own marks, not as text."""
        added = self.tokenizer.added_tokens_decoder.values()
        return frozenset(
            {str(token) for token in added if token.special or not str(token).isalnum()}
            | set(self.tokenizer.all_special_tokens)
        )

    def tokens(self, text: str) -> int:
        """How many tokens a text is, without marks around it."""
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def prompt_ids(self, prompt: str) -> list[int]:
        """A prompt as the model reads it: in its chat format, or with its marks around it.

        Raises:
            ModelError: the model has no chat format.
        """
        if self.family == "seq2seq":
            return list(self.tokenizer(prompt)["input_ids"])
        if not self.tokenizer.chat_template:
            raise ModelError(
                self.files.name,
                "this model has no chat template, so it cannot be asked for anything",
                "Name an instruction-tuned model; their names often end in Instruct or Chat.",
            )
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def write(self, prompts: Sequence[list[int]]) -> list[str]:
        """What the model writes for each prompt, in their order; always the same for the same prompts."""
        written = [""] * len(prompts)
        lengths = [len(prompt) + MAX_NEW_TOKENS for prompt in prompts]
        batches = by_length(lengths, _BATCH_TOKENS[self._model.device.type])
        for batch, texts in in_batches(
            lambda places: self._generate([prompts[at] for at in places]), batches
        ):
            for at, text in zip(batch, texts, strict=True):
                written[at] = text
        return written

    def _generate(self, prompts: Sequence[list[int]]) -> list[str]:
        import torch

        # What is written goes on at the right end of a chat prompt.
        ids, mask = padded(prompts, self._pad, in_front=self.family == "chat")
        device = self._model.device
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                generation_config=self._settings,
            )
        new = out[:, ids.shape[1] :] if self.family == "chat" else out
        texts: list[str] = self.tokenizer.batch_decode(new, skip_special_tokens=True)
        return texts

    @cached_property
    def _settings(self) -> Any:
        """The model's own settings for summaries, without chance."""
        import copy

        settings = copy.deepcopy(self._model.generation_config)
        own = (getattr(self._model.config, "task_specific_params", None) or {}).get(
            "summarization", {}
        )
        for name in _SETTINGS:
            if name in own:
                setattr(settings, name, own[name])
        settings.max_new_tokens = self._max_new_tokens
        settings.max_length = None
        settings.do_sample = False
        for name in ("temperature", "top_p", "top_k", "min_p", "typical_p"):
            setattr(settings, name, None)
        settings.pad_token_id = self._pad
        return settings

    @cached_property
    def _max_new_tokens(self) -> int:
        config = self._model.config
        found = [getattr(config, name, None) for name in _WRITTEN]
        sizes = [n - 2 for n in found if isinstance(n, int) and self.family == "seq2seq"]
        return min([MAX_NEW_TOKENS, *sizes])

    @cached_property
    def _pad(self) -> int:
        tokenizer = self.tokenizer
        for number in (
            tokenizer.pad_token_id,
            tokenizer.eos_token_id,
            self._model.config.pad_token_id,
        ):
            if isinstance(number, int):
                return number
        return 0

    @cached_property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        from transformers import AutoTokenizer

        return load(self.files, AutoTokenizer)

    @cached_property
    def _model(self) -> Any:
        from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

        device = best_device()
        auto = AutoModelForCausalLM if self.family == "chat" else AutoModelForSeq2SeqLM
        model = load(self.files, auto, dtype=dtype_for(self._precision, device))
        return model.to(device).eval()
