import AIBoxAPI
import Storage
import Vision

/// Which entry of the known plates a reading stands for.
enum PlateSearch {
    /// - Parameter fuzzy: also take an entry that differs only in characters that are easily confused. Of two equally near
    ///   ones none is taken: they may be on contrary lists.
    static func match(
        _ reading: String, fuzzy: Bool, _ db: any SQLSession, _ cipher: PlateCipher?
    ) throws -> PlateItem.Known? {
        let reading = PlateText.normalized(reading)
        guard !reading.isEmpty else { return nil }
        if let plate = try KnownPlate.find(normalized: [reading], db, cipher).first {
            return PlateItem.Known(plate, isExact: true)
        }
        guard fuzzy else { return nil }
        let alike = PlateDistance.lookAlikes(of: reading, limit: farthest)
        let entries = try KnownPlate.find(normalized: alike, db, cipher)
        return nearest(to: reading, in: entries).map { PlateItem.Known($0, isExact: false) }
    }

    /// Two zeros for letters O, or an 8 for a B; a missing character is too much.
    private static let farthest: Float = 0.6

    /// The entry that a reader may have taken for `reading`; none when two are equally near.
    private static func nearest(to reading: String, in entries: [KnownPlate]) -> KnownPlate? {
        let plates = entries.map { PlateText.normalized($0.plateNumber) }
        let near = PlateDistance.nearest(to: reading, in: plates, limit: farthest, count: 2)
        guard let first = near.first else { return nil }
        return near.count == 1 || near[0].distance < near[1].distance ? entries[first.index] : nil
    }
}
