"""Every setting of the backend: one model, four layers, one readable line when something is wrong."""

from aura.settings.load import Settings, load_settings
from aura.settings.model import (
    AnalysisSettings,
    LogSettings,
    OpsSettings,
    PhotoSettings,
    QueueSettings,
    RealtimeSettings,
    ReconcileSettings,
    SupabaseSettings,
    VertexAISettings,
    WorkerSettings,
)

__all__ = [
    "AnalysisSettings",
    "LogSettings",
    "OpsSettings",
    "PhotoSettings",
    "QueueSettings",
    "RealtimeSettings",
    "ReconcileSettings",
    "Settings",
    "SupabaseSettings",
    "VertexAISettings",
    "WorkerSettings",
    "load_settings",
]
