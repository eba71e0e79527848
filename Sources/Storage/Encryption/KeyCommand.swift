import Foundation

/// A program that prints keys. It runs in a process group of its own, which is killed when it takes too long or prints
/// too much, with whatever it has started.
struct KeyCommand {
    static let patience = Duration.seconds(15)
    /// Bytes of its complaint that an error shows.
    private static let complaintLimit = 500

    private let words: [String]
    private let patience: Duration

    /// - Throws: `StorageError` `.invalid` for an empty line and for a quote that does not end.
    init(_ line: String, patience: Duration = Self.patience) throws(StorageError) {
        words = try Self.words(line)
        self.patience = patience
        guard !words.isEmpty else { throw StorageError(.invalid, "the key command is empty") }
    }

    /// What it prints. Blocks.
    ///
    /// - Throws: `StorageError` `.notFound`, `.timeout`, `.tooLarge`, `.denied` when it exits with another status than 0.
    func output() throws(StorageError) -> String {
        let program = try ChildProcess(words)
        let (output, complaint): ([UInt8], [UInt8])
        do throws(StorageError) { (output, complaint) = try collect(from: program) } catch {
            _ = program.end()
            throw error
        }
        let status = program.end()
        guard status == 0 else {
            let text = String(decoding: complaint, as: UTF8.self).split(whereSeparator: \.isNewline)
                .joined(separator: "; ")
            throw StorageError(.denied, "the key command \(words[0]) ended with status \(status): \(text)")
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func collect(from program: ChildProcess) throws(StorageError) -> (output: [UInt8], complaint: [UInt8]) {
        let deadline = ContinuousClock.now + patience
        var (output, complaint) = ([UInt8](), [UInt8]())
        while let (bytes, isComplaint) = try program.read(until: deadline) {
            if isComplaint {
                complaint = Array((complaint + bytes).suffix(Self.complaintLimit))
            } else {
                output += bytes
                guard output.count <= KeyText.limit else {
                    throw StorageError(.tooLarge, "the key command \(words[0]) prints more than \(KeyText.limit) bytes")
                }
            }
        }
        try program.awaitExit(until: deadline)
        return (output, complaint)
    }

    static func words(_ line: String) throws(StorageError) -> [String] {
        var (words, word, quote): ([String], String?, Character?) = ([], nil, nil)
        for character in line {
            switch (character, quote) {
            case (let end, let open?) where end == open: quote = nil
            case ("'", nil), ("\"", nil):
                quote = character
                word = word ?? ""
            case (" ", nil), ("\t", nil):
                if let word { words.append(word) }
                word = nil
            default: word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw StorageError(.invalid, "a quote in the key command does not end") }
        return words + (word.map { [$0] } ?? [])
    }
}
