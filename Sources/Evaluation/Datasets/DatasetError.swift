import Foundation

/// What is wrong with a data set, and where.
public struct DatasetError: Error, Hashable, Sendable, Codable, CustomStringConvertible, LocalizedError {
    /// The path below the data set's folder.
    public var file: String
    /// From 1; `nil` when the whole file is meant.
    public var line: Int?
    public var reason: String

    public init(file: String, line: Int? = nil, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    /// As compilers write it: `labels/7.txt:3: class 91 is not one of 80`.
    public var description: String { line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)" }
    public var errorDescription: String? { description }
}

/// Bounds on what is read, so that no file can exhaust the memory.
public struct DatasetLimits: Sendable {
    /// Bytes of one text label file.
    public var labelBytes = 16 << 20
    /// Bytes of one COCO JSON file (val2017's keypoints have 10 MB, train2017's instances 450 MB).
    public var documentBytes = 512 << 20
    public var pictures = 200_000
    public var objectsPerPicture = 10_000
    /// How many errors are kept.
    public var errors = 200

    public init() {}
}

/// Collects errors up to a bound.
struct DatasetErrors {
    let limit: Int
    private(set) var kept: [DatasetError] = []
    private(set) var omitted = 0

    init(limit: Int) { self.limit = limit }

    mutating func add(_ file: String, _ line: Int? = nil, _ reason: String) {
        guard kept.count < limit else {
            omitted += 1
            return
        }
        kept.append(DatasetError(file: file, line: line, reason: reason))
    }
}
