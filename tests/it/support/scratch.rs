//! A folder of one test, gone with it; kept where the test failed, so that its logs can be read.

use std::path::{Path, PathBuf};

/// The folder. Dropping it removes it unless the thread is panicking.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new folder, readable by its owner only.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tributary-it-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    /// A path in the folder.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in the folder and gives its path.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the files of this test are kept in {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
