import Foundation

/// Finished cases on disk, so that an interrupted run goes on where it stopped: a JSON object a line, appended and
/// flushed as cases finish. A line that was cut off, or is no line of ours, is left out.
///
/// Not for use from two places at once: whoever runs the cases owns it.
public final class EvaluationJournal {
    private struct Line: Codable {
        let `case`: String
        let model: String
        let outcome: CaseOutcome
    }

    /// What is done, by case.
    public private(set) var outcomes: [String: CaseOutcome] = [:]
    /// Lines that could not be read.
    public private(set) var brokenLines = 0
    private let model: String
    private let handle: FileHandle

    /// Opens or creates the journal.
    /// - Parameters:
    ///   - file: where it lies; its folder must be there.
    ///   - model: says with what the cases were run: digests of the models, engine and settings that change answers. Lines
    ///     of others stay in the file and are not used.
    /// - Throws: when the file cannot be read or written, or is larger than `limit` bytes.
    public init(_ file: URL, model: String, limit: Int = 1 << 30) throws {
        self.model = model
        if !FileManager.default.fileExists(atPath: file.path) {
            guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
                throw DatasetError(file: file.lastPathComponent, reason: "the journal cannot be created")
            }
        }
        handle = try FileHandle(forUpdating: file)
        let data = try handle.read(upToCount: limit + 1) ?? Data()
        guard data.count <= limit else {
            throw DatasetError(file: file.lastPathComponent, reason: "the journal is larger than \(limit) bytes")
        }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        for bytes in data.split(separator: UInt8(ascii: "\n")) {
            guard let line = try? decoder.decode(Line.self, from: bytes) else {
                brokenLines += 1
                continue
            }
            if line.model == model { outcomes[line.case] = line.outcome }
        }
        try handle.seekToEnd()
        // After a cut line the next one must not go on in it.
        if let last = data.last, last != UInt8(ascii: "\n") { try handle.write(contentsOf: Data("\n".utf8)) }
    }

    deinit { try? handle.close() }

    /// Writes a finished case. Failed cases are written too: run again with a new journal to try them again.
    public func append(_ outcome: CaseOutcome, of case: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A model's answer may be no number; that is a case like any other, and metrics leave it out.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        var line = try encoder.encode(Line(case: `case`, model: model, outcome: outcome))
        line.append(UInt8(ascii: "\n"))
        try handle.write(contentsOf: line)
        outcomes[`case`] = outcome
    }

    /// Makes sure that what was written survives a power cut.
    public func synchronise() throws { try handle.synchronize() }
}
