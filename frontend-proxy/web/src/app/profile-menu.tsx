/** Who is signed in, and the way out. */

import { useMutation } from '@tanstack/react-query';
import Dropdown from 'react-bootstrap/Dropdown';
import { Link, useNavigate } from 'react-router';
import { sentenceOf } from '../api/errors';
import type { User } from '../api/session';
import { Icon } from '../components/icon';
import { notify } from '../notices/notices';
import { useSessionActions } from '../session/use-session';
import { text } from '../strings';

export function ProfileMenu({ user }: { user: User }) {
  const { signOut } = useSessionActions();
  const navigate = useNavigate();
  const logout = useMutation({
    mutationFn: async () => {
      await signOut();
      notify(text.login.signedOut);
      await navigate('/login');
    },
    onError: (error) => notify(sentenceOf(error)),
  });

  return (
    <Dropdown align="end">
      <Dropdown.Toggle
        variant="link"
        className="nav-link"
        aria-label={text.nav.profile(user.username)}
      >
        <Icon name="user" />
        <span className="user-name">{user.username}</span>
      </Dropdown.Toggle>
      <Dropdown.Menu>
        <Dropdown.Header>{user.email}</Dropdown.Header>
        <Dropdown.Item as={Link} to="/account">
          {text.nav.account}
        </Dropdown.Item>
        <Dropdown.Item as="button" disabled={logout.isPending} onClick={() => logout.mutate()}>
          {text.nav.logout}
        </Dropdown.Item>
      </Dropdown.Menu>
    </Dropdown>
  );
}
