"""The embedded tagger beside another encoder: it listens to the embedded one in a pass of its own."""

from collections.abc import Sequence

from summarize.detector import NameDetector, Span
from summarize.encoder import Encoder

Parameters = tuple[tuple[str, str | int | float | bool], ...]


class SecondPass:
    """The embedded detector with the encoder that it was trained on, as a `summarize.tagging.Spotter`."""

    def __init__(self, encoder: Encoder, detector: NameDetector | None = None) -> None:
        self._encoder = encoder
        self._detector = detector or NameDetector()
        self.name = self._detector.name

    @property
    def revision(self) -> str:
        """The detector's."""
        return self._detector.revision

    @property
    def parameters(self) -> Parameters:
        """The encoder's part, for the table `models`."""
        return (("encoder", self._encoder.name), ("encoder_revision", self._encoder.revision))

    def spot(self, texts: Sequence[str]) -> list[list[Span]]:
        """See `Spotter.spot`."""
        reader = self._detector.reader(texts)
        self._encoder.encode(texts, reader.read)
        return reader.spans
