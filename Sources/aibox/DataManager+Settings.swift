import DataManager
import Settings

extension DataManager.Configuration {
    /// The data folder and the database as the settings say.
    init(_ settings: Settings) {
        self.init(folder: settings.dataDirectory)
        database = String(settings.databaseURL.value.dropFirst("sqlite:".count))
    }
}
