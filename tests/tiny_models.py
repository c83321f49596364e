"""Tiny models of real families with random weights, saved as people save theirs: to load with the real code."""

import json

WORDS = (
    "Meta went dark on Tuesday and Facebook said little about it , the outage lasted two hours . "
    "Elon Musk mocked the company on X PER ORG LOC summarize : a an of in to was by for with user "
    "assistant Nvidia Jensen Huang told investors chips"
).split()
CHAT_TEMPLATE = (
    "{% for message in messages %}<|start|>{{ message['role'] }}\n{{ message['content'] }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)
#: Embeddings, layers, heads: as small as the families allow.
SMALL = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2,
         "decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}  # fmt: skip


def save_tokenizer(folder, window=64, marks=("<s>", "</s>"), chat=False):
    """A tokenizer of characters and some words, with marks around each text; its size."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    specials = ["<pad>", "<s>", "</s>", "<unk>", "[CLS]", "[SEP]", "<|start|>", "<|end|>"]
    letters = [chr(code) for code in range(33, 127)] + ["##" + chr(code) for code in range(33, 127)]
    vocabulary = {token: n for n, token in enumerate(dict.fromkeys([*specials, *WORDS, *letters]))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    if marks:
        begin, end = marks
        tokenizer.post_processor = processors.TemplateProcessing(
            single=" ".join(filter(None, [begin, "$A", end])),
            special_tokens=[(mark, vocabulary[mark]) for mark in marks if mark],
        )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["[CLS]", "[SEP]", "<|start|>", "<|end|>"],
        model_max_length=window,
    )
    if chat:
        fast.chat_template = CHAT_TEMPLATE
    fast.save_pretrained(folder)
    return len(vocabulary)


def save(model, folder):
    """The model with the same random weights each time."""
    model.save_pretrained(folder)
    return folder


def _seeded():
    import torch

    torch.manual_seed(0)


def bart(folder, window=64):
    from transformers import BartConfig, BartForConditionalGeneration

    size = save_tokenizer(folder, window)
    _seeded()
    config = BartConfig(vocab_size=size, max_position_embeddings=window, pad_token_id=0, bos_token_id=1,
                        eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2, **SMALL)  # fmt: skip
    return save(BartForConditionalGeneration(config), folder)


def pegasus(folder, window=64):
    from transformers import PegasusConfig, PegasusForConditionalGeneration

    size = save_tokenizer(folder, window, marks=(None, "</s>"))
    _seeded()
    config = PegasusConfig(vocab_size=size, max_position_embeddings=window, pad_token_id=0, eos_token_id=2,
                           decoder_start_token_id=0, forced_eos_token_id=2, **SMALL)  # fmt: skip
    return save(PegasusForConditionalGeneration(config), folder)


def t5(folder, window=64):
    from transformers import T5Config, T5ForConditionalGeneration

    size = save_tokenizer(folder, window, marks=(None, "</s>"))
    _seeded()
    config = T5Config(vocab_size=size, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, n_positions=window,
                      pad_token_id=0, eos_token_id=2, decoder_start_token_id=0)  # fmt: skip
    return save(T5ForConditionalGeneration(config), folder)


def llama(folder, window=1024, chat=True):
    from transformers import LlamaConfig, LlamaForCausalLM

    size = save_tokenizer(folder, window, marks=("<s>", None), chat=chat)
    _seeded()
    config = LlamaConfig(vocab_size=size, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                         num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=window,
                         pad_token_id=0, bos_token_id=1, eos_token_id=2)  # fmt: skip
    return save(LlamaForCausalLM(config), folder)


def _bert_config(folder, window, **options):
    from transformers import BertConfig

    size = save_tokenizer(folder, window, marks=("[CLS]", "[SEP]"))
    _seeded()
    return BertConfig(vocab_size=size, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                      intermediate_size=16, max_position_embeddings=window, pad_token_id=0, **options)  # fmt: skip


def bert_encoder(folder, window=64, pooling="pooling_mode_mean_tokens"):
    """A sentence encoder as sentence-transformers saves one."""
    from transformers import BertModel

    save(BertModel(_bert_config(folder, window)), folder)
    if pooling:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({pooling: True}))
    return folder


def bert_tagger(folder, labels=("O", "B-PER", "I-PER", "B-ORG", "I-ORG"), names=None, window=64):
    """A tagger that gives the pieces of `names` ((word, label) pairs) their labels, and "O" to all else.

    Its weights are made by hand: the embedding of a word goes straight to the score of its label.
    """
    import torch
    from transformers import AutoTokenizer, BertForTokenClassification

    config = _bert_config(folder, window, id2label=dict(enumerate(labels)))
    config.label2id = {label: n for n, label in enumerate(labels)}
    model = BertForTokenClassification(config)
    if names is not None:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.zero_()
            for module in model.modules():
                if isinstance(module, torch.nn.LayerNorm):
                    module.weight.fill_(1)
            words = model.bert.embeddings.word_embeddings.weight
            words[:, 0] = 4.0
            for word, label in dict(names).items():
                for number in tokenizer(word, add_special_tokens=False)["input_ids"]:
                    words[number] = 0
                    words[number, labels.index(label)] = 4.0
            for n in range(len(labels)):
                model.classifier.weight[n, n] = 3.0
    return save(model, folder)


def bert_classifier(folder):
    """A model that is good for nothing here: it tells kinds of texts."""
    from transformers import BertForSequenceClassification

    return save(BertForSequenceClassification(_bert_config(folder, 64)), folder)
