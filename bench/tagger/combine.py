"""Put the heads of several trainings into one file; what they emit is averaged.

python bench/tagger/combine.py OUT.safetensors IN.safetensors IN.safetensors ...
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.tagger.train import write
from summarize.detector import NameDetector


def main() -> None:
    """Read each file's heads and write them together."""
    import torch

    out, *parts = map(Path, sys.argv[1:])
    heads = [head for part in parts for head in NameDetector(part).heads(torch.float32, "cpu")]
    write(out, [head.state_dict() for head in heads], heads[0].config)


if __name__ == "__main__":
    main()
