import AIBoxAPI
import Foundation
import Storage

/// Counts of a summary by bucket, task, label and camera.
struct SummaryCounts: Sendable {
    struct Group: Codable, Hashable, Sendable {
        let task: String
        let label: String
        /// Empty: not given.
        let camera: String
    }

    private struct Key: Hashable {
        let bucket: Int
        let group: Int
    }

    /// Counts that one summary may have.
    static let limit = 100_000

    private var groups: [Group] = []
    private var numbers: [Group: Int] = [:]
    private var counts: [Key: Int] = [:]

    init() {}

    /// - Throws: 422 for more than `limit` of them.
    mutating func add(_ count: Int, of group: Group, in bucket: Int) throws(Problem) {
        let number = numbers[group] ?? groups.count
        if number == groups.count {
            groups.append(group)
            numbers[group] = number
        }
        counts[Key(bucket: bucket, group: number), default: 0] += count
        guard counts.count <= Self.limit else { throw Self.tooMany }
    }

    mutating func add(_ other: SummaryCounts) throws(Problem) {
        for (key, count) in other.counts { try add(count, of: other.groups[key.group], in: key.bucket) }
    }

    private static let tooMany = Problem.invalid(
        "bucket", "makes more than \(limit) counts: take a longer one, a shorter time or a filter")

    /// Those of each bucket.
    ///
    /// - Throws: `StorageError` `.damaged` for a task that is none.
    func buckets(of span: SummarySpan) throws -> [DetectionSummary.Bucket] {
        let groups = try groups.map { group in
            guard let task = AnalysisTask(rawValue: group.task) else {
                throw StorageError(.damaged, "unknown task in a detection")
            }
            return DetectionSummary.Count(
                task: task, label: group.label, cameraID: group.camera.isEmpty ? nil : group.camera, count: 0)
        }
        var buckets = span.starts.map { DetectionSummary.Bucket(start: $0, count: 0, counts: []) }
        for (key, count) in counts {
            var item = groups[key.group]
            item.count = count
            buckets[key.bucket].count += count
            buckets[key.bucket].counts.append(item)
        }
        for index in buckets.indices {
            buckets[index].counts.sort {
                ($0.task.rawValue, $0.label, $0.cameraID ?? "") < ($1.task.rawValue, $1.label, $1.cameraID ?? "")
            }
        }
        return buckets
    }
}

/// The form in which counts are kept in a cache.
extension SummaryCounts: Codable {
    private enum CodingKeys: String, CodingKey {
        case groups, counts
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let groups = try container.decode([Group].self, forKey: .groups)
        let numbers = try container.decode([Int].self, forKey: .counts)
        guard numbers.count.isMultiple(of: 3) else {
            throw DecodingError.dataCorruptedError(forKey: .counts, in: container, debugDescription: "not in threes")
        }
        for index in stride(from: 0, to: numbers.count, by: 3) {
            guard groups.indices.contains(numbers[index + 1]) else {
                throw DecodingError.dataCorruptedError(forKey: .counts, in: container, debugDescription: "no group")
            }
            try add(numbers[index + 2], of: groups[numbers[index + 1]], in: numbers[index])
        }
    }

    /// Bucket, group and count one after the other: read in a fraction of the time that an object for each would take.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(groups, forKey: .groups)
        try container.encode(counts.flatMap { [$0.bucket, $0.group, $1] }, forKey: .counts)
    }
}
