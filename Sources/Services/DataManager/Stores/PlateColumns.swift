import AIBoxAPI
import Storage
import Vision

/// The columns of a detection that may tell of a plate. Those of a reading are sealed where there is a cipher: `sealed`
/// holds what they held, and tokens stand for what is searched by.
struct PlateColumns: Sendable {
    /// As the columns are named in `assignments`.
    let values: [any SQLConvertible]
    /// `nil` without a plate that can be searched for.
    let seen: SeenPlate?

    static let names = ["label", "plate_number", "plate_key", "plate_skeleton", "details", "sealed"]

    /// What `sealed` holds, as JSON.
    private struct Reading: Codable {
        let label: String
        let plateNumber: String?
        let details: DetectionDetails
    }

    /// Without the name of a person, which is another row's.
    ///
    /// - Throws: `Problem` 422 for details beyond the bounds, else `StorageError`.
    init(_ item: DetectionRecord, _ cipher: PlateCipher?) throws {
        var details = item.details
        details.person = nil
        let plate = item.plateNumber.map(PlateText.normalized).flatMap { $0.isEmpty ? nil : $0 }
        let index = PlateIndex(cipher: cipher)
        let (key, skeleton) = (
            plate.map { index.term($0, .plate) }, plate.map { index.term(PlateText.skeleton($0), .skeleton) }
        )
        seen = try plate.map(index.entry)
        guard let cipher, item.isReading else {
            let json = try JSONColumn.text(details, field: "detections")
            values = [item.label, item.plateNumber, key, skeleton, json, [UInt8]?.none]
            return
        }
        let reading = Reading(label: item.label, plateNumber: item.plateNumber, details: details)
        let json = try JSONColumn.text(reading, field: "detections")
        let sealed = try cipher.seal(json, .detections, row: item.id.bytes)
        values = [cipher.token(item.label, .label), String?.none, key, skeleton, "{}", sealed]
    }

    /// What was given to `init`.
    static func read(
        _ row: SQLRow, of id: UUIDv7, _ task: AnalysisTask, _ cipher: PlateCipher?
    ) throws -> (label: String, plateNumber: String?, details: DetectionDetails) {
        let number: String? = try row.get("plate_number")
        if let sealed: [UInt8] = try row.get("sealed") {
            guard let cipher else { throw StorageError(.denied, "a plate is sealed, and no key is configured") }
            let reading: Reading = try JSONColumn.value(cipher.open(sealed, .detections, row: id.bytes))
            return (reading.label, reading.plateNumber, reading.details)
        }
        let details: String = try row.get("details")
        if let cipher, task == .plates || number != nil { try cipher.checkPlain(details) }
        return (try row.get("label"), number, try JSONColumn.value(details))
    }
}

extension DetectionRecord {
    /// Whether it may tell of a plate.
    fileprivate var isReading: Bool { task == .plates || plateNumber != nil }
}
