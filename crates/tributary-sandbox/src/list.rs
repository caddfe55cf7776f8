//! Pages of lists, and single objects.

use crate::error::ApiError;
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::params::{Cursor, ListRequest};
use crate::render::View;
use crate::select::{Selection, select};
use crate::world::World;

/// One page of a list. `within`, ascending, limits it to a parent's objects; `url` is the list's own path.
pub(crate) fn page(
    view: &View<'_>,
    kind: Kind,
    request: &ListRequest,
    expand: &Expand,
    within: Option<Vec<u32>>,
    url: &str,
) -> Result<String, ApiError> {
    let selection = select(view.world, kind, request, within)?;
    let (places, has_more) = choose(view.world, kind, request, &selection)?;
    let mut json = Json::with_capacity(places.len() * 2400 + 100);
    json.open();
    json.text("object", "list");
    json.text("url", url);
    json.flag("has_more", has_more);
    json.open_list("data");
    for place in places {
        view.object(&mut json, kind, place, expand);
    }
    json.close_list();
    json.close();
    Ok(json.finish())
}

/// The ids that the whole list holds, newest first.
pub(crate) fn all_ids(world: &World, kind: Kind) -> Vec<String> {
    (0..world.len(kind)).rev().filter(|at| world.is_listed(kind, *at)).map(|at| world.id(kind, at)).collect()
}

/// The place that a cursor names.
fn cursor_place(world: &World, kind: Kind, id: &str, param: &str) -> Result<usize, ApiError> {
    let place = world.find_living(kind, id);
    place.ok_or_else(|| ApiError::missing(400, kind.object_name(), id, param))
}

/// The places of the page, in the list's order, and whether there are more beyond it.
fn choose(
    world: &World,
    kind: Kind,
    request: &ListRequest,
    selection: &Selection,
) -> Result<(Vec<usize>, bool), ApiError> {
    let len = selection.places.as_ref().map_or(world.len(kind), Vec::len);
    let at = |number: usize| selection.places.as_ref().map_or(number, |places| places[number] as usize);
    let back = matches!(request.cursor, Cursor::Before(_));
    // Whether places ascend on the way from the cursor, or from the list's beginning.
    let ascends = back != kind.is_oldest_first();
    let created = |number: usize| i64::from(world.created(kind, at(number)));
    let wiped = boundary(len, |number| at(number) < world.first(kind));
    let mut low = wiped.max(boundary(len, |number| created(number) < request.created.min));
    let mut high = boundary(len, |number| created(number) <= request.created.max);
    match &request.cursor {
        Cursor::Newest => {}
        Cursor::After(id) | Cursor::Before(id) => {
            let param = if back { "ending_before" } else { "starting_after" };
            let place = cursor_place(world, kind, id, param)?;
            if ascends {
                low = low.max(boundary(len, |number| at(number) <= place));
            } else {
                high = high.min(boundary(len, |number| at(number) < place));
            }
        }
    }
    let belongs = |place: &usize| {
        world.is_listed(kind, *place) && selection.tests.iter().all(|test| test(world, *place))
    };
    let places = (low..high.max(low)).map(at);
    let wanted = request.limit + 1;
    let mut found: Vec<usize> = if ascends {
        places.filter(belongs).take(wanted).collect()
    } else {
        places.rev().filter(belongs).take(wanted).collect()
    };
    let has_more = found.len() == wanted;
    found.truncate(request.limit);
    if back {
        // The page next to the cursor, still in the list's order.
        found.reverse();
    }
    Ok((found, has_more))
}

/// How many numbers below `len`, from 0, are `before` the boundary.
fn boundary(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// A single object.
pub(crate) fn one(view: &View<'_>, kind: Kind, place: usize, expand: &Expand) -> String {
    let mut json = Json::with_capacity(2600);
    view.object(&mut json, kind, place, expand);
    json.finish()
}
