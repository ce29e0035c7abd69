# Debian's nginx in place of the public image, for trying and testing.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx-light \
        >/dev/null && rm -rf /var/lib/apt/lists/*
EXPOSE 8443
ENTRYPOINT ["nginx", "-g", "daemon off;"]
