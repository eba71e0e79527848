import AIBoxAPI
import NIOCore
import ServiceClients

extension Journal.Entry {
    /// In the form in which it is read back: the detections in order, with the camera and the times of their picture.
    static func random(_ numbers: inout SeededNumbers) -> Journal.Entry {
        let picture = Int.random(in: 0..<4, using: &numbers) == 0 ? ByteBuffer.random(&numbers) : nil
        let camera = ["gate", "bãi xe 2", nil].randomElement(using: &numbers) ?? nil
        let now = Timestamp.now
        let captured = Timestamp(milliseconds: now.milliseconds - Int64.random(in: 0..<86_400_000, using: &numbers))
        var record = InferenceRecord(
            id: UUIDv7(), requestID: "request-\(numbers.next())", task: "analyze",
            models: [ModelUse(name: "yunet_s", version: "1", engine: "onnxruntime")],
            image: ImageSize(width: .random(in: 1...4096, using: &numbers), height: 720), timing: StageTiming(),
            cameraID: camera, deviceID: nil, capturedAt: captured, createdAt: now, hasImage: picture != nil,
            detections: [])
        record.timing.inferenceMS = .random(in: 0...100, using: &numbers)
        record.detections = (0..<Int.random(in: 0...4, using: &numbers)).map { _ in .random(in: record, &numbers) }
        return Journal.Entry(record: record, picture: picture)
    }

    mutating func dropPicture() {
        picture = nil
        record.hasImage = false
        for index in record.detections.indices { record.detections[index].hasImage = false }
    }
}

extension DetectionRecord {
    fileprivate static func random(in record: InferenceRecord, _ numbers: inout SeededNumbers) -> DetectionRecord {
        let box = BoundingBox(
            x: .random(in: 0...100, using: &numbers), y: .random(in: 0...100, using: &numbers), width: 30.25, height: 40
        )
        let plate = Bool.random(using: &numbers) ? "51F\(Int.random(in: 10_000..<99_999, using: &numbers))" : nil
        var details = DetectionDetails()
        if let plate {
            details.corners = [[1, 2], [3, 4], [5, 6], [7, 8]]
            details.countryCode = "VN"
            details.characters = plate.map { .init(char: String($0), confidence: .random(in: 0...1, using: &numbers)) }
        }
        return DetectionRecord(
            id: UUIDv7(), inferenceID: record.id, task: plate == nil ? .persons : .plates, label: plate ?? "person",
            confidence: .random(in: 0...1, using: &numbers), boundingBox: box, plateNumber: plate, details: details,
            cameraID: record.cameraID, deviceID: record.deviceID, capturedAt: record.capturedAt,
            createdAt: record.createdAt, hasImage: record.hasImage)
    }
}

extension ByteBuffer {
    /// 200 to 60,000 bytes.
    fileprivate static func random(_ numbers: inout SeededNumbers) -> ByteBuffer {
        var buffer = ByteBuffer()
        for _ in 0..<Int.random(in: 25...7500, using: &numbers) { buffer.writeInteger(numbers.next()) }
        return buffer
    }
}
