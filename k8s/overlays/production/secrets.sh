#!/usr/bin/env bash
# Creates the files of the production Secrets below folder $1: one folder per Secret, one file per key. Existing files are
# kept, so the script can run again. To create the Secrets in the cluster:
#
#   for secret in "$1"/*/; do
#     kubectl -n reservoir create secret generic "$(basename "$secret")" --from-file="$secret" --dry-run=client -o yaml |
#       kubectl apply -f -
#   done
#
# MONGODB_URI must hold the Atlas URI with username and password. The authority's private key stays in $1/.authority.
set -euo pipefail
umask 077
folder=${1:?is missing: the folder for the Secrets}
[ -s "$folder/mongodb/uri" ] || : "${MONGODB_URI:?is missing: mongodb+srv://name:password@….mongodb.net/reservoir}"
namespace=${NAMESPACE:-reservoir}
also=${ALSO_NAMES:-}
days=825
authority=$folder/.authority
mkdir -p "$authority"

if [ ! -s "$authority/ca.crt" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 3650 -subj /CN=reservoir-authority \
    -keyout "$authority/ca.key" -out "$authority/ca.crt" 2> /dev/null
fi

# certificate SECRET NAME ALTERNATIVE-NAMES: writes one file with key and chain, and the authority's certificate.
certificate() {
  local place=$folder/$1 names
  [ -s "$place/keystore.pem" ] && return
  mkdir -p "$place"
  names=$3${also:+${3:+,}$also}
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$authority/$2.key" -out "$authority/$2.csr" 2> /dev/null
  {
    echo extendedKeyUsage=serverAuth,clientAuth
    [ -z "$names" ] || echo "subjectAltName=$names"
  } > "$authority/$2.ext"
  openssl x509 -req -sha256 -days "$days" -in "$authority/$2.csr" -CA "$authority/ca.crt" -CAkey "$authority/ca.key" \
    -CAcreateserial -extfile "$authority/$2.ext" -out "$authority/$2.crt" 2> /dev/null
  cat "$authority/$2.key" "$authority/$2.crt" > "$place/keystore.pem"
  cp "$authority/ca.crt" "$place/ca.crt"
}

# names SERVICE … : the DNS names of a Service and of its pods inside the cluster.
names() {
  local list=() name end
  for name in "$@"; do
    for end in '' ".$namespace.svc" ".$namespace.svc.cluster.local"; do list+=("DNS:$name$end"); done
  done
  local IFS=,
  echo "${list[*]}"
}

secret() {
  [ -s "$folder/$1" ] && return
  mkdir -p "$(dirname "$folder/$1")"
  cat > "$folder/$1"
}

certificate kafka-tls kafka "$(names kafka kafka-brokers '*.kafka-brokers')"
certificate zookeeper-tls zookeeper "$(names zookeeper zookeeper-servers '*.zookeeper-servers')"
certificate kafka-admin admin ''
secret kafka-admin/admin.properties << 'END'
security.protocol=SSL
ssl.keystore.type=PEM
ssl.keystore.location=/run/secrets/kafka-admin/keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location=/run/secrets/kafka-admin/ca.crt
END

for user in proxy decisions sinks query; do
  openssl rand -hex 32 | tr -d '\n' | secret "kafka-users/$user"
  secret "kafka-$user/password" < "$folder/kafka-users/$user"
  secret "kafka-$user/ca.crt" < "$authority/ca.crt"
done

secret proxy-admin/env << END
UPSTASH_KAFKA_REST_USERNAME=admin
UPSTASH_KAFKA_REST_PASSWORD=$(openssl rand -hex 32)
END
secret proxy-credentials/env << END
UPSTASH_KAFKA_REST_USERNAME=edge
UPSTASH_KAFKA_REST_PASSWORD=$(openssl rand -hex 32)
END
secret proxy-users/users.json << END
[{"username": "edge", "password": "$(sed -n 's/^UPSTASH_KAFKA_REST_PASSWORD=//p' "$folder/proxy-credentials/env")", "produce": ["booking-requests"]}]
END
# The first key signs, every key verifies: docs/operate.md describes the rotation.
secret command-keys/env << END
COMMAND_KEYS=$(date -u +%Y-%m-%d):$(openssl rand -base64 32)
END
# Of the webhook endpoint at Stripe. Empty without Stripe: then the command keys sign.
secret stripe-webhook/env << END
STRIPE_WEBHOOK_SECRET=${STRIPE_WEBHOOK_SECRET:-}
END
printf %s "${MONGODB_URI:-}" | secret mongodb/uri
