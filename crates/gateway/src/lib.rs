//! HTTP in, Kafka out, an answer back
