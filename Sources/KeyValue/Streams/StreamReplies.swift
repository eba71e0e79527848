/// Redis's replies about streams as values.
enum StreamReplies {
    /// An entry as XREADGROUP, XRANGE and XAUTOCLAIM give it: its place and its fields. An entry that was trimmed
    /// meanwhile has no fields.
    static func entry(_ reply: RESPValue) throws(KeyValueError) -> (id: StreamID, fields: [String: [UInt8]]) {
        guard let parts = reply.array, parts.count == 2, let id = parts[0].text.flatMap(StreamID.init) else {
            throw .unexpected("a stream command")
        }
        let list = parts[1].array ?? []
        guard list.count % 2 == 0 else { throw .unexpected("a stream command") }
        var fields: [String: [UInt8]] = [:]
        for index in stride(from: 0, to: list.count, by: 2) {
            guard let name = list[index].text, let value = list[index + 1].bytes else {
                throw .unexpected("a stream command")
            }
            fields[name] = value
        }
        return (id, fields)
    }

    static func event(_ fields: [String: [UInt8]]) -> StreamEvent {
        StreamEvent(
            id: text(fields["id"]), kind: text(fields["kind"]), payload: fields["payload"] ?? [])
    }

    static func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

    /// Of XPENDING with a range: place, consumer, idle milliseconds, deliveries.
    static func pending(_ reply: RESPValue) throws(KeyValueError) -> [PendingEntry] {
        guard let elements = reply.array else { throw .unexpected("XPENDING") }
        return try elements.map { element throws(KeyValueError) in
            guard let parts = element.array, parts.count == 4, let id = parts[0].text.flatMap(StreamID.init),
                let consumer = parts[1].text, let idle = parts[2].integer, let deliveries = parts[3].integer
            else { throw .unexpected("XPENDING") }
            return PendingEntry(id: id, consumer: consumer, idle: .milliseconds(idle), deliveries: deliveries)
        }
    }
}
