"""Who is probably who, step by step: profile, evidence, compared, training, blocking, scoring, clustering; model."""
