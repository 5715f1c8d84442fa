# Creates the SCRAM user and the ACLs of each component. Idempotent; a second run applies changed passwords.
set -eu
brokers=${KAFKA_BROKERS:-kafka-brokers:9093}
users=${USERS:-/run/secrets/kafka-users}
requests=${KAFKA_REQUEST_TOPIC:-booking-requests}
admin=(--bootstrap-server "$brokers" --command-config "$COMMAND_CONFIG")

until kafka-broker-api-versions "${admin[@]}" > /dev/null; do sleep 3; done

credential=$(mktemp)
trap 'rm -f "$credential"' EXIT
for user in proxy decisions sinks query; do
  # Passed in a file, because the process list shows arguments.
  echo "SCRAM-SHA-512=iterations=8192,password=$(cat "$users/$user")" > "$credential"
  kafka-configs "${admin[@]}" --alter --add-config-file "$credential" --entity-type users --entity-name "$user"
done

# allow 'USER …' 'OPERATION …' --topic NAME … --group NAME …
allow() {
  local what=() user operation
  for user in $1; do what+=(--allow-principal "User:$user"); done
  for operation in $2; do what+=(--operation "$operation"); done
  kafka-acls "${admin[@]}" --add "${what[@]}" "${@:3}" > /dev/null
}

# Write and Read include Describe. Every process checks at start that its topics exist as planned.
allow 'decisions sinks query' 'Describe DescribeConfigs' --topic "$requests" --topic bookings --topic "$requests.dlq" --topic bookings.dlq

# The timer and billing run beside the decider and propose commands.
allow 'proxy decisions' Write --topic "$requests"
allow decisions Read --topic "$requests" --group booking-decisions
allow decisions Write --topic bookings --topic "$requests.dlq" --topic bookings.dlq
allow decisions Read --topic bookings --group booking-timer --group booking-billing

# The query API reads events for streams and describes consumer groups.
allow 'sinks query' Read --topic bookings
allow sinks Read --group booking-views --group booking-notifications --group booking-analytics
allow sinks Write --topic bookings.dlq
allow query Describe --group booking-decisions --group booking-timer --group booking-billing --group booking-views --group booking-notifications --group booking-analytics
