"""Average the weights of trainings that went on from one another (train.py --start).

python bench/tagger/combine.py OUT.safetensors IN.safetensors IN.safetensors ...
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.tagger.train import write
from summarize.detector import NameDetector


def main() -> None:
    """Read each file's head and write the mean of their weights."""
    import torch

    out, *parts = map(Path, sys.argv[1:])
    heads = [head for part in parts for head in NameDetector(part).heads(torch.float32, "cpu")]
    states = [head.state_dict() for head in heads]
    mean = {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    write(out, [mean], heads[0].config)


if __name__ == "__main__":
    main()
