# Gives each component its credentials and what it may do, and no more. May be run again; a changed password is taken over.
set -eu
brokers=${KAFKA_BROKERS:-kafka-brokers:9093}
users=${USERS:-/run/secrets/kafka-users}
requests=${KAFKA_REQUEST_TOPIC:-booking-requests}
admin=(--bootstrap-server "$brokers" --command-config "$COMMAND_CONFIG")

until kafka-broker-api-versions "${admin[@]}" > /dev/null; do sleep 3; done

credential=$(mktemp)
trap 'rm -f "$credential"' EXIT
for user in proxy decisions sinks query; do
  # By a file: arguments are seen in the list of processes.
  echo "SCRAM-SHA-512=iterations=8192,password=$(cat "$users/$user")" > "$credential"
  kafka-configs "${admin[@]}" --alter --add-config-file "$credential" --entity-type users --entity-name "$user"
done

# allow USER OPERATION,… --topic NAME … | --group NAME …
allow() {
  local user=$1 operations=()
  for operation in ${2//,/ }; do operations+=(--operation "$operation"); done
  shift 2
  kafka-acls "${admin[@]}" --add --allow-principal "User:$user" "${operations[@]}" "$@" > /dev/null
}
topics() { for name in "$@"; do echo --topic "$name"; done; }
groups() { for name in "$@"; do echo --group "$name"; done; }

all=$(topics "$requests" bookings "$requests.dlq" bookings.dlq)
sinks='booking-views booking-notifications booking-analytics'

allow proxy Write,Describe --topic "$requests"

for user in decisions sinks query; do allow "$user" Describe $all; done

# What fell due is proposed as a command, by whoever decides.
allow decisions Read,Write --topic "$requests"
allow decisions Write $(topics bookings "$requests.dlq")
allow decisions Read --group booking-decisions

allow sinks Read --topic bookings
allow sinks Write --topic bookings.dlq
allow sinks Read $(groups $sinks)

# It reads for streams, and asks how far the groups are.
allow query Read --topic bookings
allow query Describe $(groups booking-decisions $sinks)
