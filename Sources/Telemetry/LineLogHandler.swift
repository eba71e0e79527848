import Foundation
import Logging

/// The form of a log line; the setting `log_format`.
public enum LogFormat: String, Sendable, CaseIterable {
    case json, text
}

/// Writes each log event as one line with one `write(2)`, to standard error unless told otherwise.
///
/// A line cannot be broken or forged by what is logged: control characters and line separators are escaped.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat
    private let descriptor: CInt

    /// - Parameter descriptor: where lines go; it stays open as long as the handler is used.
    public init(label: String, level: Logger.Level, format: LogFormat, descriptor: CInt = STDERR_FILENO) {
        self.label = label
        self.format = format
        self.descriptor = descriptor
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = LogLine(
            milliseconds: Self.now(), level: event.level, label: label, message: event.message.description,
            fields: fields(of: event)
        ).bytes(as: format)
        line.append(UInt8(ascii: "\n"))
        Self.write(line, to: descriptor)
    }

    /// All metadata of the event with dotted keys, sorted; the event's own values win.
    private func fields(of event: LogEvent) -> [(key: String, value: String)] {
        var merged = metadata
        merged.merge(metadataProvider?.get() ?? [:]) { $1 }
        merged.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { merged["error"] = "\(error)" }
        var fields: [(key: String, value: String)] = []
        for (key, value) in merged { Self.flatten(value, key: key, into: &fields) }
        return fields.sorted { $0.key < $1.key }
    }

    private static func flatten(
        _ value: Logger.MetadataValue, key: String, into fields: inout [(key: String, value: String)]
    ) {
        switch value {
        case .string(let text): fields.append((key, text))
        case .stringConvertible(let value): fields.append((key, value.description))
        case .dictionary(let members):
            for (name, value) in members { flatten(value, key: "\(key).\(name)", into: &fields) }
        case .array(let elements):
            for (index, value) in elements.enumerated() { flatten(value, key: "\(key).\(index)", into: &fields) }
        }
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// A line that cannot be written is lost: there is nowhere left to say so.
    private static func write(_ line: [UInt8], to descriptor: CInt) {
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
            }
        }
    }
}
