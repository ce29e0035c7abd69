"""Rule profiles (bộ quy tắc áp dụng) as TOML files, one per profile; see :mod:`services.reviews.domain.profile`."""
