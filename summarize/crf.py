"""A linear-chain conditional random field over BIO labels, with the impossible sequences ruled out.

Lafferty, McCallum and Pereira, ICML 2001. The loss is marginal over all label sequences that an
annotation allows (Tsuboi et al., COLING 2008): a set that never marks products says nothing of them.
"""

import torch
from torch import Tensor, nn

from archive.records import ENTITY_TYPES, EntityType

#: O, then B- and I- of each type.
LABELS: tuple[str, ...] = ("O", *(f"{bio}-{kind}" for kind in ENTITY_TYPES for bio in "BI"))
_IMPOSSIBLE = -1e4


def label_number(bio: str, kind: EntityType) -> int:
    """The number of a label: "B" or "I" of a type."""
    return 1 + 2 * ENTITY_TYPES.index(kind) + (bio == "I")


class Crf(nn.Module):
    """Scores of label sequences. All tensors are float32."""

    rule: Tensor
    start: Tensor

    def __init__(self) -> None:
        super().__init__()
        count = len(LABELS)
        self.transitions = nn.Parameter(torch.zeros(count, count))
        self.first = nn.Parameter(torch.zeros(count))
        rule = torch.zeros(count, count)
        for after, label in enumerate(LABELS):
            if label[0] == "I":
                rule[:, after] = _IMPOSSIBLE
                rule[after - 1, after] = rule[after, after] = 0
        start = torch.tensor([_IMPOSSIBLE if label[0] == "I" else 0.0 for label in LABELS])
        self.register_buffer("rule", rule, persistent=False)
        self.register_buffer("start", start, persistent=False)

    def loss(self, emissions: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """The negative log-likelihood of what is allowed, one figure a row.

        Args:
            emissions: (rows, words, labels).
            allowed: bool, of the same shape.
            mask: bool (rows, words), True for words; each row begins with one.
        """
        held = emissions.masked_fill(~allowed, _IMPOSSIBLE)
        both = torch.cat([emissions, held])
        total, possible = self._total(both, torch.cat([mask, mask])).chunk(2)
        return total - possible

    def _total(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """The log of the summed scores of all sequences, (rows,)."""
        step = self.transitions + self.rule
        alpha = emissions[:, 0] + self.first + self.start
        for at in range(1, emissions.shape[1]):
            new = torch.logsumexp(alpha.unsqueeze(2) + step, 1) + emissions[:, at]
            alpha = torch.where(mask[:, at : at + 1], new, alpha)
        return torch.logsumexp(alpha, 1)

    def decode(self, emissions: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The best sequence, int64 (rows, words), and each label's posterior probability there."""
        step = self.transitions + self.rule
        width = emissions.shape[1]
        best = emissions[:, 0] + self.first + self.start
        forward = [best]
        back = []
        for at in range(1, width):
            on = mask[:, at : at + 1]
            score, where = (best.unsqueeze(2) + step).max(1)
            back.append(where)
            best = torch.where(on, score + emissions[:, at], best)
            new = torch.logsumexp(forward[-1].unsqueeze(2) + step, 1) + emissions[:, at]
            forward.append(torch.where(on, new, forward[-1]))
        path = [best.argmax(1)]
        beta = torch.zeros_like(best)
        backward = [beta]
        for at in range(width - 1, 0, -1):
            on = mask[:, at]
            earlier = back[at - 1].gather(1, path[-1].unsqueeze(1)).squeeze(1)
            path.append(torch.where(on, earlier, path[-1]))
            new = torch.logsumexp(step + (emissions[:, at] + beta).unsqueeze(1), 2)
            beta = torch.where(on.unsqueeze(1), new, beta)
            backward.append(beta)
        labels = torch.stack(path[::-1], 1)
        joint = torch.stack(forward, 1) + torch.stack(backward[::-1], 1)
        posterior = joint.softmax(2).gather(2, labels.unsqueeze(2)).squeeze(2)
        return labels, posterior
