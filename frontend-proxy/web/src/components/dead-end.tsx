/** In place of a page that is not there, or not for one: why, and the way back. */

import { Link } from 'react-router';
import { text } from '../strings';
import { PageTitle } from './page-title';

interface Props {
  heading: string;
  body: string;
}

export function DeadEnd({ heading, body }: Props) {
  return (
    <div className="not-found">
      <PageTitle title={heading}>{heading}</PageTitle>
      <p>{body}</p>
      <Link className="btn btn-primary" to="/">
        {text.toShop}
      </Link>
    </div>
  );
}
