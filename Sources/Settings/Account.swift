import Foundation

/// For whom the program runs; decides where its data lies when nobody says.
struct Account: Sendable {
    var isRoot: Bool
    var home: String
    /// `XDG_DATA_HOME` of the XDG base directory specification, which says to ignore it when it is not absolute.
    var dataHome: String?

    init(environment: [String: String], isRoot: Bool = geteuid() == 0) {
        self.isRoot = isRoot
        home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        dataHome = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    var dataDirectory: String {
        isRoot ? "/var/lib/aibox" : "\(dataHome ?? "\(home)/.local/share")/aibox"
    }

    /// `~` and `~/…` stand for the home folder, because no shell expands them in a file or a variable.
    func expanding(_ path: String) -> String {
        path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
    }
}
