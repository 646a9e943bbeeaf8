"""The analyzers that the settings choose: can each be built, and does the paid one answer?"""

from __future__ import annotations

import io

from aura.errors import ConfigurationError, Failure, Permanent
from aura.vision.analyzer import Analysis, Analyzer, build_analyzer, build_fallbacks
from consumer.doctor.context import Context
from consumer.doctor.findings import Finding, failure, ok, skipped, warning

PALETTE_ONLY = "Choose vertexai or local (analysis.analyzer, AURA__ANALYSIS__ANALYZER) for garments and patterns."


async def analyzer(context: Context) -> list[Finding]:
    """Whether every analyzer of ``analysis.analyzer`` can be built: credentials, packages, model files."""
    try:
        chain = (build_analyzer(context.settings), *build_fallbacks(context.settings))
    except ConfigurationError as error:
        return [failure(str(error))]
    for each in chain:
        await each.aclose()
    names = " → ".join(each.version for each in chain)
    if chain[0].name == "palette":
        return [warning(f"The analyzer is {names}, which knows colours only.", PALETTE_ONLY)]
    return [ok(f"The analyzer is {names}.")]


async def vertexai(context: Context) -> list[Finding]:
    """Whether Vertex AI answers one tiny call."""
    if "vertexai" not in context.settings.analysis.analyzer:
        return [skipped("analysis.analyzer does not name vertexai.")]
    if not context.with_ai:
        return [skipped("Vertex AI was not called.", "`aura doctor --with-ai` makes one call, for less than a cent.")]
    from aura.vision.vertexai import VertexAIAnalyzer

    asked = VertexAIAnalyzer.from_settings(context.settings)
    try:
        return [await _asked(asked)]
    finally:
        await asked.aclose()


async def _asked(asked: Analyzer) -> Finding:
    from aura.vision.image import decode_photo

    try:
        answer: Analysis = await asked.analyze(decode_photo(_small_photo()))
    except Permanent as refusal:  # it was this photo that was refused: the service answers
        return ok(f"{asked.model} answers ({refusal.code}).")
    except Failure as error:
        remedy = (
            "401 or 403: grant the credentials the role Vertex AI User (roles/aiplatform.user) and enable the API "
            "aiplatform.googleapis.com; 404: check vertexai.model and vertexai.location; quota: raise it at Google."
        )
        return failure(f"{asked.model} does not answer: {error.message} ({error.code})", remedy)
    usage = answer.usage
    return ok(f"{asked.model} answers ({usage.input_tokens + usage.output_tokens} tokens, ${usage.cost_usd:.4f}).")


def _small_photo() -> bytes:
    """A grey square, as a JPEG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (128, 128, 128)).save(buffer, "JPEG")
    return buffer.getvalue()
