import AIBoxAPI

/// An event that is yet to be written, made ready outside the transaction that all writes share.
struct NewEvent: Sendable {
    let id: UUIDv7
    let type: EventType
    let time: Timestamp
    let subject: String
    /// JSON.
    let data: String

    /// - Parameter id: the identifier of the cause where that happens once only, so that a repeated write adds nothing.
    init(_ data: some EventData, id: UUIDv7 = UUIDv7(), time: Timestamp = .now) throws(Problem) {
        (self.id, self.time, subject) = (id, time, data.subject)
        type = Swift.type(of: data).type
        self.data = try JSONColumn.text(data, field: "data")
    }
}

extension ModelInferenceCompleted {
    /// What may be told of an inference: how many of what, never who.
    init(_ record: InferenceRecord, hasImage: Bool) {
        let counts = record.detections.reduce(into: [:]) { $0[Self.label(of: $1), default: 0] += 1 }
        self.init(
            inferenceID: record.id, task: record.task, models: record.models.map { "\($0.name)@\($0.version)" },
            counts: counts, cameraID: record.cameraID, deviceID: record.deviceID, capturedAt: record.capturedAt,
            hasImage: hasImage)
    }

    /// The label of a plate is its number, that of a face may be a name.
    private static func label(of item: DetectionRecord) -> String {
        switch item.task {
        case .plates: "plate"
        case .faces: "face"
        default: item.label
        }
    }
}
