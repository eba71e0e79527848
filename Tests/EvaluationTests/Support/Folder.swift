import Evaluation
import Foundation

/// A folder of made-up files, gone afterwards. Pictures are empty files: readers do not open them.
@discardableResult
func withFolder<Result>(_ files: [String: String], _ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evaluation-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (path, text) in files {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
    return try body(folder)
}

/// Every picture is 200 × 100.
let reader = DatasetReader { _ in PictureSize(width: 200, height: 100) }
