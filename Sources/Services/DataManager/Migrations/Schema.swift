import Storage

/// The tables, as a list of numbered migrations. A released migration is never changed; a new one is appended.
///
/// Identifiers are 16 bytes: less than half of the 36 characters, in every index, and they sort by time as the text
/// does. In SQLite `hex(id)` shows them in a shell. Times are milliseconds since 1970.
extension Schema {
    static let dataManager = Schema([
        .detections,
        .identity,
        .gallery,
        .knownPlates,
        .detectionSearch,
        .events,
        .jobs,
        .devices,
        .files,
        .encryption,
        .metadata,
        .sealedPlates,
        .blobs,
        .detectionCounts,
    ])
}
