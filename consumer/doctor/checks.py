"""All checks, each after those that it builds on."""

from __future__ import annotations

from consumer.doctor.analyzers import analyzer, vertexai
from consumer.doctor.capacity import capacity
from consumer.doctor.examination import Check
from consumer.doctor.hearing import realtime
from consumer.doctor.installed import installation, migrations
from consumer.doctor.keys import database_url, keys, url
from consumer.doctor.project import anon_key, callers, clocks, owners, reachable, service_key
from consumer.doctor.publication import publication, replica_identity
from consumer.doctor.queue import queue_engine
from consumer.doctor.schema import database, row_level_security, tables, updated_at
from consumer.doctor.work import outstanding, storage

CHECKS = (
    Check("url", url),
    Check("keys", keys, ("url",)),
    Check("database-url", database_url),
    Check("analyzer", analyzer),
    Check("vertexai", vertexai, ("analyzer",)),
    Check("project", reachable, ("url",)),
    Check("clock", clocks, ("project",)),
    Check("service-key", service_key, ("keys", "project")),
    Check("anon-key", anon_key, ("keys", "project")),
    Check("callers", callers, ("project",)),
    Check("database", database, ("database-url",)),
    Check("tables", tables, ("database",)),
    Check("row-level-security", row_level_security, ("tables",)),
    Check("owners", owners, ("service-key",), ("tables", "row-level-security", "anon-key", "callers", "clock")),
    Check("updated-at", updated_at, ("tables",)),
    Check("migrations", migrations, ("service-key",), ("tables",)),
    Check("installation", installation, ("database",), ("migrations",)),
    Check("publication", publication, ("tables",), ("migrations",)),
    Check("replica-identity", replica_identity, ("tables",), ("migrations",)),
    Check("queue", queue_engine, (), ("database", "database-url")),
    Check("capacity", capacity, ("database",)),
    Check("storage", storage, ("service-key",), ("tables",)),
    Check("outstanding", outstanding, ("migrations",), ("installation", "clock")),
    Check("realtime", realtime, ("migrations",), ("installation", "publication", "replica-identity")),
)
